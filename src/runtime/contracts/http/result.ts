import { z } from "zod";
import { electionStatuses } from "../../core/election.js";
import type { Contract } from "../schema/check.js";
import { count, counts, time } from "../schema/json-types.js";
import { disputedPlace } from "./disputed-place.js";

const line = z.object({
  candidate: z.string(),
  name: z.string(),
  votes: count(),
  share: z.number().describe("0 to 1 of `counted`; 0 while there are no votes"),
});

const watermark = z.object({
  partition: z.int(),
  sequence: z.int().describe("the last segment of the ledger in the figures"),
  position: z.int().describe("the log position after the last ballot taken into account"),
  sealed: z.boolean(),
});
export type Watermark = Contract<typeof watermark>;

const behind = z.object({
  records: count("records of the log (frames of ballots, close markers) not in the figures yet"),
  partitions: count("how many partitions they are in"),
  since: time("when the oldest of them was already in the log"),
});
export type Behind = Contract<typeof behind>;

const disputed = z.object({
  since: time("when the certifier stopped"),
  finding: z
    .string()
    .describe("a kind of the recount's findings, `live-count`, or an error's code"),
  ...disputedPlace,
});
export type Disputed = Contract<typeof disputed>;

/** An election's figures as its view has them. */
const figures = z.object({
  election: z.string(),
  title: z.string(),
  status: z.enum(electionStatuses),
  opensAt: time("when it opens by itself").optional(),
  openedAt: time().optional(),
  closesAt: time("it takes no ballots from then on").optional(),
  closedAt: time("a few seconds after `closesAt`").optional(),
  official: z.boolean().describe("these are the figures that the recount certified"),
  revision: z.int().describe("grows with every change; the same in every serve process"),
  counted: count(),
  rejected: counts("by reason; reasons without a rejection are left out"),
  retriesAbsorbed: count("repetitions of a ballot that changed nothing"),
  result: z.array(line).describe("in the election's order of candidates"),
  sealedPartitions: count("partitions that are closed and fully counted"),
  partitions: count(),
  digest: z.string().optional().describe("of the certificate; only when official"),
  certifiedAt: time("only when official").optional(),
});
/** Figures without what is wrong with them. */
export type Result = Contract<typeof figures>;

/** The result as serve answers and streams it: with what is wrong with it, if anything is. */
const live = figures.extend({
  stale: z
    .literal(true)
    .optional()
    .describe("the view cannot be read at the moment: these are the figures of `asOf`"),
  asOf: time("only when stale").optional(),
  recounting: z
    .literal(true)
    .optional()
    .describe("only while closed: the recount that may make the result official is running"),
  disputed: disputed
    .optional()
    .describe("only while closed: the result is held, as something does not agree at this place"),
  behind: behind.optional().describe("only when the tallies are more than a moment behind the log"),
});
export type LiveResult = Contract<typeof live>;

/** The body of `GET /v1/elections/{id}/result`. */
export const resultSchema = live.extend({
  watermarks: z
    .array(watermark)
    .optional()
    .describe("only with `?detail=partitions`: up to where each partition is in the figures"),
});
export type DetailedResult = Contract<typeof resultSchema>;

/** The body of `GET /v1/elections/{id}/history`. */
export const historySchema = z.object({
  election: z.string(),
  everySeconds: z.number(),
  points: z.array(z.object({ at: time(), counted: count() })).describe("the oldest first"),
});
export type ResultHistory = Contract<typeof historySchema>;
