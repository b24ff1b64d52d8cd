import { z } from "zod";
import type { Contract } from "../schema/check.js";
import { count, counts } from "../schema/json-types.js";

/** What `vote audit export --format csv` has written. */
export const decisionTableSchema = z.object({
  election: z.string(),
  file: z.string().describe("below the directory"),
  rows: count("kept decisions, one a line"),
  result: z.array(z.object({ candidate: z.string(), votes: count() })),
  counted: count(),
  rejected: counts("by reason; those without a row are among them"),
  unkept: count("rejections that are only counted, and have no row"),
  retriesAbsorbed: count("repetitions, which are no decisions"),
});
export type DecisionTable = Contract<typeof decisionTableSchema>;
