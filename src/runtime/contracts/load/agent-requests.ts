import { z } from "zod";
import { maxCandidates } from "../../core/limits.js";
import type { Contract } from "../schema/check.js";
import {
  group,
  identifier,
  list,
  number,
  oneOf,
  text,
  wholeNumber,
} from "../schema/field-types.js";
import { generatorFactsSchema } from "./generator-facts.js";
import { arrivalsInPiecesSchema } from "./scenario-arrivals.js";
import { vias } from "./scenario-file.js";

/** Coordinator and agent must speak the same version: both make shares and outcomes. */
export const agentProtocol = 3;

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
  bots: wholeNumber(0, 1_000_000),
  arrivals: arrivalsInPiecesSchema,
});

/** An agent's share of a run. The agent drops it unless its coordinator keeps asking for it. */
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

/** A run that an agent has made ready. */
export const preparedRunSchema = z.object({ run: z.string() });

/** An agent's clock, in milliseconds since the epoch. */
export const clockReadingSchema = z.object({ now: z.number() });

/** When a run begins, by the agent's clock, in milliseconds since the epoch. */
export const startOrderSchema = z.object({ startAt: z.number() });

const packedLatencies = z.object({
  count: z.number(),
  maxMs: z.number(),
  /** HdrHistogram V2, compressed, in Base64: any HdrHistogram library reads it. */
  histogram: z.string(),
});
/** Latencies on their way to another process. */
export type PackedLatencies = Contract<typeof packedLatencies>;
const runLatencies = z.object({
  acknowledge: packedLatencies,
  acknowledgeRaw: packedLatencies,
  visible: packedLatencies,
  scheduleLag: packedLatencies,
});
/** The latencies of a run on their way to another process. */
export type PackedRunLatencies = Contract<typeof runLatencies>;

const progress = z.object({
  elapsedMs: z.number(),
  durationMs: z.number(),
  /** Ballots in the whole run. */
  total: z.number(),
  /** Due so far. */
  due: z.number(),
  sent: z.number(),
  acknowledged: z.number(),
  refused: z.number(),
  /** Given up without an answer. */
  unknown: z.number(),
  /** Acknowledged, and not in the live result yet. */
  behind: z.number(),
  /** Since the start. */
  sentPerSecond: z.number(),
});
/** How far a run has come. */
export type RunProgress = Contract<typeof progress>;

/** What an agent says of its run. */
export const runStatusSchema = z.object({
  state: z.enum(["ready", "running", "finished", "failed"]),
  progress: progress.optional(),
  /** At the time of the progress, if they were asked for. */
  latencies: runLatencies.optional(),
  /** Why the run failed. */
  problem: z.string().optional(),
});
export type RunStatus = Contract<typeof runStatusSchema>;

/** The counters of a stream's account, each by its name there. */
const accountCounters = z.object({
  sent: z.int().min(0),
  acknowledged: z.number(),
  refused: z.number(),
  unknown: z.number(),
  secondVotesAcknowledged: z.number(),
  substituted: z.number(),
  retriesSent: z.number(),
  retriesAcknowledged: z.number(),
  resent: z.number(),
});
export const accountCounterNames = accountCounters.keyof().options;

const packedAccount = accountCounters.extend({
  refusals: z.record(z.string(), z.number()),
  firstVotes: z.array(z.number()),
});
/** An account on its way to another process, without its bitmaps. */
export type PackedAccount = Contract<typeof packedAccount>;

const packedJournal = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("chunks"), partitions: z.number(), numbers: z.number() }),
  z.object({ kind: z.literal("ballots"), ballots: z.number() }),
]);
/** What a journal is, for another process; its bytes are in the blocks. */
export type PackedJournal = Contract<typeof packedJournal>;

const packedTimeline = z.object({
  everyMs: z.number(),
  intervals: z.array(
    z.object({
      counts: z.array(z.number()),
      /** Pairs of bucket and count. */
      latencies: z.array(z.array(z.tuple([z.number(), z.number()]))),
    }),
  ),
});
/** A timeline on its way to another process. */
export type PackedTimeline = Contract<typeof packedTimeline>;

const streamHeader = z.object({
  name: z.string(),
  lastSentMs: z.number(),
  account: packedAccount,
  journal: packedJournal,
});
export type StreamHeader = Contract<typeof streamHeader>;

/** A share's outcome without its bitmaps and journals, which follow it as bytes. */
export const outcomeHeaderSchema = z.object({
  election: z.string(),
  seed: z.number(),
  /** Milliseconds since the epoch. */
  startedAt: z.number(),
  /** From the start until everything was visible. */
  durationMs: z.number(),
  /** From the start until the last ballot was sent. */
  sendingMs: z.number(),
  /** Due and never sent. */
  unsent: z.number(),
  interrupted: z.boolean(),
  /** The view has reached the log's end in every partition. */
  drained: z.boolean(),
  generator: generatorFactsSchema,
  streams: z.array(streamHeader),
  latencies: runLatencies,
  timeline: packedTimeline,
});
export type OutcomeHeader = Contract<typeof outcomeHeaderSchema>;
