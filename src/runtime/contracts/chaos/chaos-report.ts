import { z } from "zod";
import { VoteError } from "../../core/errors.js";
import { type Contract, check } from "../schema/check.js";
import { count } from "../schema/json-types.js";

const kindTotals = z.object({
  kind: z.string(),
  faults: count(),
  hits: count("processes or requests that were hit"),
  sent: count("ballots sent from a fault of this kind until the next fault, repeats included"),
  acknowledged: count("different ballots, in the same time"),
  decided: count("of those acknowledged"),
  lost: count("of those acknowledged"),
  double: count("decided twice, or a voter's second ballot counted"),
  longestStallMs: count("the longest time without any acknowledgement"),
});
export type KindTotals = Contract<typeof kindTotals>;

/** What `vote chaos` prints with `--json`, and keeps in its report file to go on from. */
export const chaosReportSchema = z.object({
  chaos: z.literal(1).describe("the version of this form"),
  seed: count("draws the order of the faults and what they hit"),
  faults: count("how many were asked for"),
  done: count("how many happened, in elections that were checked to the end"),
  kinds: z.array(z.string()).describe("those that were drawn from"),
  elections: count(),
  seconds: count(),
  totals: z.array(kindTotals).describe("by kind, in the order of their names"),
  broken: z.array(z.string()).describe("each promise that was not kept, with its election"),
  logs: z.string().optional().describe("what servers and roles said, if something is broken"),
});
export type ChaosReport = Contract<typeof chaosReportSchema>;

/**
 * Reads a report file.
 *
 * @throws VoteError `invalid-usage` naming the field that is not as `vote chaos` writes it
 */
export function parseChaosReport(text: string, file: string): ChaosReport {
  const refuse = (what: string) =>
    new VoteError("invalid-usage", `${file} is no report of vote chaos: ${what}.`, {
      hint: "Name the file that `vote chaos --report FILE` has written.",
    });
  let source: unknown;
  try {
    source = JSON.parse(text);
  } catch {
    throw refuse("it is not JSON");
  }
  return check(chaosReportSchema, source, (field, detail) => refuse(`${field} ${detail}`.trim()));
}
