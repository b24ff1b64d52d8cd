import { z } from "zod";
import { rejectionReasons } from "../../core/formats/decision.js";
import type { Contract } from "../schema/check.js";
import { time } from "../schema/json-types.js";

const decidedBallot = z.object({
  ballotId: z.string(),
  receivedAt: time(),
  segment: z.int().describe("of the ledger's partition, which decides it"),
});

/** What `vote audit voter` finds: nothing of it tells a choice. */
export const voterAuditSchema = z.object({
  election: z.string(),
  partition: z.int().describe("the only one that this voter's ballots can be in"),
  voted: z.boolean().describe("a ballot of the voter is counted"),
  counted: decidedBallot.optional(),
  rejected: z
    .array(decidedBallot.extend({ reason: z.enum(rejectionReasons) }))
    .describe("the first 16; further ones are not kept"),
  undecided: z.boolean().describe("the log goes on where no tally has been yet"),
});
export type VoterAudit = Contract<typeof voterAuditSchema>;
