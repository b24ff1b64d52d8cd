import { z } from "zod";
import { rejectionReasons } from "../../core/formats/decision.js";
import type { Contract } from "../schema/check.js";

/** What has become of one ballot, by the ledger. */
export const ballotDecisionSchema = z.object({
  election: z.string(),
  ballotId: z.string(),
  partition: z.int(),
  position: z.int().describe("in the log, as asked"),
  outcome: z
    .enum(["pending", "counted", "rejected"])
    .describe("`pending`: no tally has come to this position yet; the others never change"),
  reason: z.enum(rejectionReasons).optional().describe("of a rejected ballot"),
  segment: z.int().optional().describe("of the ledger's partition, which decides it"),
});
export type BallotDecision = Contract<typeof ballotDecisionSchema>;
