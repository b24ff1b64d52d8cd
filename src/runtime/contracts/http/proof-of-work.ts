import { z } from "zod";
import type { Contract } from "../schema/check.js";
import { hex } from "../schema/json-types.js";

/** What to solve, in the form of ALTCHA (https://altcha.org), version 2. Repeated as it came. */
export const challengeSchema = z.object({
  parameters: z.object({
    algorithm: z.literal("SHA-256"),
    cost: z.int(),
    data: z.object({
      ballot: hex(16).describe("the ballot id that it is for"),
      election: hex(16).describe("the election's instance"),
      voter: hex(16).describe("the voter's tag"),
    }),
    expiresAt: z.int().describe("in seconds since 1970"),
    keyLength: z.int(),
    keyPrefix: z.string().describe("what SHA-256(salt, nonce, counter) has to begin with"),
    nonce: hex(16),
    salt: hex(16),
  }),
  signature: z.string(),
});
export type Challenge = Contract<typeof challengeSchema>;

/** A challenge with its solution. */
export const proofSchema = z.object({
  challenge: challengeSchema,
  solution: z.object({
    counter: z.int().describe("32 bits, big-endian where it is hashed"),
    derivedKey: hex(32).describe("the hash that begins as it has to"),
  }),
});
export type Proof = Contract<typeof proofSchema>;
