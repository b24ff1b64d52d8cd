import { z } from "zod";
import type { Contract } from "../schema/check.js";
import { count, hex, time } from "../schema/json-types.js";
import { proofSchema } from "./proof-of-work.js";

// Ingest writes these by hand, and the load generator reads them so: the hot path uses the types.

/** What every ballot has. */
const anyBallotSchema = z.object({
  choice: z.string().describe("the candidate's id"),
  ballotId: hex(16)
    .nullable()
    .optional()
    .describe("drawn at random, and repeated with every retry; without one, the ingest draws it"),
});

/** One voter's ballot as ingest takes it from them. */
export const ballotSchema = anyBallotSchema.extend({
  proof: proofSchema
    .optional()
    .describe("where the election asks for one: the solution of the refusal's challenge"),
});

/** One line of a batch. */
export const batchLineSchema = anyBallotSchema.extend({
  voter: z.string().describe("the voter's id: 1 to 256 bytes of UTF-8"),
});

const place = {
  partition: z.int(),
  position: z.int().describe("where in the log the ballot's frame stands"),
};

/** 202: the ballot is durable. */
export const ballotReceiptSchema = z.object({
  ballotId: z.string(),
  election: z.string(),
  ...place,
  receivedAt: time(),
  receipt: z
    .string()
    .optional()
    .describe("the ingest's signed promise, with `Prefer: receipt`: docs/formats.md"),
});
export type BallotReceipt = Contract<typeof ballotReceiptSchema>;

const acceptedLine = z.object({
  line: z.int().describe("from 1"),
  ballotId: z.string(),
  ...place,
});

const refusedLine = z.object({
  line: z.int().describe("from 1"),
  code: z.string(),
  detail: z.string(),
  ballotId: z
    .string()
    .optional()
    .describe("only of a line whose outcome is unknown: send it again with this id"),
});

const totals = { accepted: count(), refused: count() };

/** 200: what became of each line of a batch. */
export const batchAnswerSchema = z.object({
  ...totals,
  lines: z.array(z.union([acceptedLine, refusedLine])),
});

/** The same with `Prefer: return=minimal`. */
export const minimalBatchAnswerSchema = z.object({
  ...totals,
  refusals: z.array(refusedLine),
  positions: z
    .record(z.string(), z.int())
    .describe("by partition: the greatest position of an accepted ballot"),
});
