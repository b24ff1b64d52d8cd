import { z } from "zod";
import { maxCandidates } from "../core/limits.js";
import type { Contract } from "./check.js";
import { group, identifier, list, number, oneOf, text, wholeNumber } from "./field-types.js";
import { arrivalsInPiecesSchema } from "./scenario-arrivals.js";
import { vias } from "./scenario-file.js";

/** Coordinator and agent must be of the same: shares and outcomes are made by both sides' code. */
export const agentProtocol = 1;

const weight = number(0, Number.MAX_SAFE_INTEGER);
const share = number(0, 0.9);
const milliseconds = number(0, 86_400_000);

/** The rates that a sender adds follow from the arrivals, and are not read. */
const stream = z.object({
  name: text(),
  via: oneOf(vias),
  connections: wholeNumber(1, 10_000),
  batchBallots: wholeNumber(1, 10_000),
  forgedShare: number(0, 1),
  arrivals: arrivalsInPiecesSchema,
});

/** What an agent is to do: its own share of a run. Times out unless its coordinator asks for it. */
export const runRequestSchema = group({
  protocol: z.number(),
  election: identifier(),
  seed: wholeNumber(0, Number.MAX_SAFE_INTEGER),
  scenario: group({
    name: text(),
    durationSeconds: number(0, Number.MAX_SAFE_INTEGER),
    streams: list(stream, 64),
    candidates: list(group({ id: identifier(), name: text(), weight }), maxCandidates).optional(),
    secondVoteShare: share,
    retryShare: share,
  }),
  target: z.object({ url: text(), owned: z.boolean() }).optional(),
  giveUpAfterMs: milliseconds.optional(),
  drainWithinMs: milliseconds.optional(),
});
export type RunRequest = Contract<typeof runRequestSchema>;
