import { z } from "zod";
import { decisionNames, rejectionReasons } from "../../core/formats/decision.js";
import type { Contract } from "../schema/check.js";
import { time } from "../schema/json-types.js";

/** What `vote audit receipt` finds. */
export const receiptAuditSchema = z.object({
  election: z.string(),
  ballotId: z.string(),
  choice: z.string().describe("the candidate's id; with --keys its place, from 0"),
  receivedAt: time(),
  partition: z.int(),
  position: z.int().describe("of the ballot's frame in the log, as the receipt says"),
  keyId: z.string().describe("the key that signed it"),
  outcome: z
    .enum(["signed", "counted", "rejected", "repeated", "pending", "missing"])
    .describe("`signed`: nobody looked; `missing`: a broken promise, exit 3"),
  reason: z.enum(rejectionReasons).optional().describe("of a rejected ballot"),
  decision: z
    .enum(decisionNames)
    .optional()
    .describe("of a repeated ballot: about the first with its id, which chose otherwise"),
  segment: z.int().optional().describe("of the ledger's partition, which decides it"),
  detail: z.string().optional().describe("of a missing ballot: what was found instead"),
});
export type ReceiptAudit = Contract<typeof receiptAuditSchema>;
