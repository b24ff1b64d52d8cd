import { z } from "zod";
import type { Contract } from "../schema/check.js";
import { count, counts, hex } from "../schema/json-types.js";
import { loadFindingSchema } from "./load-finding.js";

const ballotId = hex(16);

/** A line of a transcript: what a load tool says that it has sent, or was answered. */
export const transcriptLineSchema = z.union(
  [
    z.strictObject({ sent: z.record(ballotId, z.string()).describe("candidate by ballot id") }),
    z.strictObject({ acknowledged: z.array(ballotId) }),
    z.strictObject({ refused: z.record(ballotId, z.string()).describe("code by ballot id") }),
  ],
  "it is none of {sent: {BALLOT: CANDIDATE}}, {acknowledged: [BALLOT]}, {refused: {BALLOT: CODE}}",
);
export type TranscriptLine = Contract<typeof transcriptLineSchema>;

/** What `vote load verify --json` prints. */
export const transcriptReportSchema = z.object({
  election: z.string(),
  engine: z.string(),
  sent: count("different ballots: acknowledged + refused + unknown"),
  resent: count("ballots sent again"),
  acknowledged: count(),
  refused: count(),
  refusals: counts("by error code"),
  unknown: count("sent, and never answered: they may be in the ledger or not"),
  counted: count("of these ballots, by the ledger"),
  rejected: counts("by the ledger, by reason"),
  lost: count("acknowledged and in no segment"),
  double: count("decided twice, or a voter's second ballot counted"),
  invented: count("in the ledger and never sent, unless others are allowed"),
  foreign: count("others' ballots, when they are allowed"),
  agreement: z
    .object({ transcript: z.boolean(), view: z.boolean(), recount: z.boolean() })
    .describe("each true if it agrees with the ledger"),
  findings: z.array(loadFindingSchema).describe("the first of each kind"),
  findingCount: count(),
  reconciled: z.boolean().describe("everything agrees"),
});
export type TranscriptReport = Contract<typeof transcriptReportSchema>;
