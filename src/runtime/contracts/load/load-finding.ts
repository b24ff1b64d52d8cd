import { z } from "zod";
import type { Contract } from "../schema/check.js";

/** What a reconciliation can find wrong. */
const kinds = [
  /** Acknowledged, and in no segment. */
  "lost",
  /** In the ledger twice. */
  "decided-twice",
  /** Counted, as was another ballot of the same voter. */
  "counted-twice",
  /** In the ledger, and sent by no stream of this run. */
  "invented",
  /** Decided otherwise than the rules say. */
  "wrong-decision",
  /** Another candidate than was sent. */
  "wrong-choice",
  /** Another voter than was sent. */
  "wrong-voter",
  /** Refused to the client, and yet decided. */
  "refused-but-decided",
  /** Forged (bad token, unknown candidate or malformed), and yet acknowledged or decided. */
  "forged-accepted",
  /** Counted, or rejected for another reason than the closing, after the sealed segment. */
  "decided-after-close",
  /** Acknowledged and received before the closing time, and yet rejected as `election-closed`. */
  "closed-out",
  /** The chain has a gap. */
  "segment-missing",
  /** A segment cannot be read; it and those after it are not judged. */
  "segment-damaged",
  /** The view does not show a partition's totals at the end of its chain. */
  "view-differs",
  /** The independent recount found something; the detail begins with its kind. */
  "recount-differs",
  /** Totals that should be equal are not. Names no ballot. */
  "totals-differ",
] as const;
export type LoadFindingKind = (typeof kinds)[number];

/** What is wrong with one ballot, segment or total. */
export const loadFindingSchema = z.object({
  kind: z.enum(kinds),
  detail: z.string().describe("the place and what is wrong there, in one sentence"),
  ballotId: z.string().optional().describe("32 hexadecimal digits"),
  stream: z.string().optional(),
  index: z.number().optional(),
  partition: z.number().optional(),
  sequence: z.number().optional().describe("the segment's place in its chain"),
  position: z.number().optional().describe("the acknowledged place in the log"),
  intendedAt: z.number().optional(),
  receivedAt: z.number().optional().describe("as the ballot itself says"),
  acknowledgedAt: z.number().optional(),
});
export type LoadFinding = Contract<typeof loadFindingSchema>;
