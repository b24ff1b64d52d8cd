import { z } from "zod";
import type { Contract } from "../schema/check.js";
import { count } from "../schema/json-types.js";

/** In what two ledgers of one election may differ. */
export const differenceKinds = [
  "decision",
  "ballot",
  "only-in-a",
  "only-in-b",
  "refusal",
  "seal",
  "totals",
  "log",
  "damaged",
] as const;
export type DifferenceKind = (typeof differenceKinds)[number];

const difference = z.object({
  kind: z.enum(differenceKinds),
  partition: count(),
  position: count("of the record in the log, where it was found there").optional(),
  number: count(
    "of the decision in its partition, from 0: b's of `only-in-b`, else a's",
  ).optional(),
  segment: count("of that decision, on the same side").optional(),
  ballotId: z.string().optional(),
  a: z.string().describe("what stands there in a"),
  b: z.string().describe("what stands there in b"),
});
export type Difference = Contract<typeof difference>;

/** What `vote audit diff` finds, and `vote audit replay`. */
export const decisionDiffSchema = z.object({
  election: z.string(),
  equal: z.boolean().describe("if it is false: exit 3"),
  partitions: count(),
  decisions: z.object({ a: count(), b: count() }).describe("how many were read of each"),
  kinds: z
    .partialRecord(z.enum(differenceKinds), count())
    .describe("how many differences of each kind; see above"),
  differences: z.array(difference).describe("the first 20"),
});
export type DecisionDiff = Contract<typeof decisionDiffSchema>;
