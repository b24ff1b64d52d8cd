import { z } from "zod";
import { decisionNames } from "../../core/formats/decision.js";
import type { Contract } from "../schema/check.js";
import { count, hex } from "../schema/json-types.js";

const head = {
  origin: z.string().describe("names the log: `vote/ELECTION/INSTANCE`"),
  size: count("leaves: the decisions up to the seals"),
  root: hex(32),
};

/** What `vote audit publish` has written. */
export const publishedLogSchema = z.object({
  election: z.string(),
  ...head,
  key: z.string().describe("that signed the checkpoint, as verifiers of signed notes take it"),
});
export type PublishedLogHead = Contract<typeof publishedLogSchema>;

/** What `vote audit proof` finds. */
export const leafProofSchema = z.object({
  election: z.string(),
  ballotId: z.string(),
  partition: z.int(),
  ...head,
  outcome: z
    .enum(["leaf", "late", "not-kept"])
    .describe("`late`: behind the seal; `not-kept`: one of too many rejected ballots of a voter"),
  decision: z.enum(decisionNames).optional().describe("of a leaf"),
  index: z.int().optional().describe("of a leaf, from 0"),
  path: z.array(hex(32)).optional().describe("the leaf's audit path by RFC 6962, from the leaf up"),
});
export type LeafProof = Contract<typeof leafProofSchema>;
