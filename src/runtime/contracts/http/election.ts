import { z } from "zod";
import { type Election, electionStatuses } from "../../core/election.js";
import { keyUses } from "../../core/signers.js";
import type { Contract } from "../schema/check.js";
import { hex, time } from "../schema/json-types.js";

const candidate = z.object({ id: z.string(), name: z.string() });

/** A key that an election trusts. */
export const signerSchema = z.object({
  id: z.string().describe("first 8 bytes of the public key's SHA-256, in hexadecimal"),
  publicKey: z.string().describe("Ed25519: the raw 32 bytes, base64url"),
  use: z.enum(keyUses).describe("`frames`: ballots; `admin`: close markers and changes"),
  addedAt: time(),
});

const voided = z.object({
  partition: z.int(),
  position: z.int(),
  hash: hex(32).describe("of the record, as the log digest knows it"),
  reason: z.string().describe("in the admin's words"),
  at: time(),
  keyId: z.string().describe("the admin key that has signed this"),
  signature: z.string().describe("Ed25519, base64url; see docs/formats.md"),
});

const gatewayStanding = z.object({
  gateway: z.string().describe("the subject of its token, and in brackets an issuer not our own"),
  suspended: z.boolean().describe("its batches are refused"),
  reason: z.string().describe("in the admin's words"),
  at: time(),
});

/** An election as admins see it: the registry's whole record. */
export const electionSchema = z.object({
  id: z.string(),
  instance: hex(16).describe("drawn at creation: what else had this id is another election"),
  title: z.string(),
  candidates: z.array(candidate).describe("in the ballot's order"),
  status: z.enum(electionStatuses),
  partitions: z.int(),
  keyId: z.string().describe("which secret turns its voter ids into voter tags"),
  keyFingerprint: hex(32).describe("by which a host knows that its key is the election's"),
  signers: z.array(signerSchema).describe("the keys that it trusts; none is ever removed"),
  voided: z.array(voided).describe("records of its log that are passed over"),
  tokens: z
    .literal("any-election")
    .optional()
    .describe("tokens that name no election do, too; default: only those that name this one"),
  createdAt: time(),
  opensAt: time("when it opens by itself").optional(),
  closesAt: time(
    "it takes no ballots from then on; set a second or two ahead by a close",
  ).optional(),
  hoursAtOpening: z
    .object({ opensAt: time().optional(), closesAt: time().optional() })
    .optional()
    .describe("the schedule as it was when the election opened"),
  openedAt: time().optional(),
  closedAt: time().optional(),
  certifiedAt: time().optional(),
  keyDestroyed: z
    .array(z.object({ host: z.string().describe("the id of its admin key"), at: time() }))
    .optional()
    .describe("hosts that have destroyed their copy of the voter key"),
  gateways: z
    .array(gatewayStanding)
    .optional()
    .describe("those that were suspended, and maybe let in again"),
  proofOfWork: z
    .literal(true)
    .optional()
    .describe("ballots that voters send themselves need a proof of work"),
  revision: z.int().describe("counts its changes, from 1"),
}) satisfies z.ZodType<Election>;

/** Every election, as an admin lists them. */
export const adminListSchema = z.object({ elections: z.array(electionSchema) });

/** What ingest tells voters of an election. */
export const voterElectionSchema = electionSchema.omit({
  keyId: true,
  signers: true,
  voided: true,
  keyFingerprint: true,
  tokens: true,
  hoursAtOpening: true,
  opensAt: true,
  closesAt: true,
  keyDestroyed: true,
  gateways: true,
  proofOfWork: true,
  revision: true,
});
export type VoterElection = Contract<typeof voterElectionSchema>;

/** Every election, as serve lists them. */
export const electionListSchema = z.object({
  // Neither the secret's name, nor the hosts' keys, nor who is suspended helps a reader.
  elections: z.array(
    electionSchema.omit({
      keyId: true,
      signers: true,
      voided: true,
      keyDestroyed: true,
      gateways: true,
    }),
  ),
  stale: z.literal(true).optional().describe("the registry cannot be read at the moment"),
  asOf: time("only when stale: when this list was read").optional(),
});
export type ElectionList = Contract<typeof electionListSchema>;

/** All changes of one election. */
export const trailSchema = z.object({
  election: z.string(),
  changes: z
    .array(
      z.object({
        election: electionSchema.describe("the election as this change left it"),
        by: z
          .string()
          .describe(
            "who did it: `cli:USER`, the subject of an admin's token, `schedule`, `recount`, " +
              "`certifier`",
          ),
        at: time("by the clock of whoever did it"),
        previous: z.string().describe("SHA-256 of the change before; empty for the first"),
      }),
    )
    .describe("the oldest first"),
  whole: z
    .boolean()
    .describe(
      "no change is missing, none was altered, and the record is as the newest one left it",
    ),
  head: z
    .string()
    .describe("SHA-256 of the newest change: write it down to notice when the trail is altered"),
  fault: z
    .object({ change: z.int().describe("its number, from 1"), what: z.string() })
    .optional()
    .describe("only when not whole: the first change that is not as it was written"),
});
export type Trail = Contract<typeof trailSchema>;
