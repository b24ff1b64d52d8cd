import type { Schedule } from "../arrivals/schedule.js";
import type { StreamSpec } from "../scenario/scenario.js";
import type { Account } from "./account.js";
import type { Journal } from "./journal.js";
import { LatencyRecorder, type PackedLatencies } from "./latency.js";
import { Timeline } from "./timeline.js";

/** What became of one stream: all that the reconciliation needs to know of it. */
export interface StreamOutcome {
  readonly spec: StreamSpec;
  readonly schedule: Schedule;
  readonly account: Account;
  readonly journal: Journal;
  /** When its last ballot was sent, in milliseconds after the start. */
  readonly lastSentMs: number;
  /** If not with the rest of the run: milliseconds since the epoch. */
  readonly startedAt?: number;
  /**
   * Why the account of this stream is lost, if it is: what it sent is unknown, and the account says
   * no more than how many ballots were due.
   */
  readonly lost?: string;
}

/** Of all ballots of a run, in milliseconds. */
export interface RunLatencies {
  /** From when a ballot was due until its acknowledgement: what a voter feels. */
  readonly acknowledge: LatencyRecorder;
  /** From when it was really sent: flatters a system that stalls, and is shown for comparison. */
  readonly acknowledgeRaw: LatencyRecorder;
  /** From when a ballot was due until the live result showed it. */
  readonly visible: LatencyRecorder;
  /** How late the generator itself was. */
  readonly scheduleLag: LatencyRecorder;
}

export function emptyLatencies(): RunLatencies {
  return {
    acknowledge: new LatencyRecorder(),
    acknowledgeRaw: new LatencyRecorder(),
    visible: new LatencyRecorder(),
    scheduleLag: new LatencyRecorder(),
  };
}

/** Of shares that ran at the same time: added up, so that percentiles are of all their ballots. */
export function mergeLatencies(shares: readonly RunLatencies[]): RunLatencies {
  const merged = emptyLatencies();
  for (const share of shares) {
    for (const what of latencyNames) merged[what].add(share[what]);
  }
  return merged;
}

export type PackedRunLatencies = Readonly<Record<keyof RunLatencies, PackedLatencies>>;

/** For sending to another process; `unpackLatencies` takes it. */
export function packLatencies(latencies: RunLatencies): PackedRunLatencies {
  const { acknowledge, acknowledgeRaw, visible, scheduleLag } = latencies;
  return {
    acknowledge: acknowledge.pack(),
    acknowledgeRaw: acknowledgeRaw.pack(),
    visible: visible.pack(),
    scheduleLag: scheduleLag.pack(),
  };
}

export function unpackLatencies(packed: PackedRunLatencies): RunLatencies {
  return {
    acknowledge: LatencyRecorder.from(packed.acknowledge),
    acknowledgeRaw: LatencyRecorder.from(packed.acknowledgeRaw),
    visible: LatencyRecorder.from(packed.visible),
    scheduleLag: LatencyRecorder.from(packed.scheduleLag),
  };
}

const latencyNames = ["acknowledge", "acknowledgeRaw", "visible", "scheduleLag"] as const;

export const generatorNames = ["builtin", "autocannon", "k6"] as const;
export type GeneratorName = (typeof generatorNames)[number];

/** What made the votes, and how hard it had to work. */
export interface GeneratorFacts {
  readonly name: GeneratorName;
  readonly processes: number;
  /** User and system, of all its processes, while sending. */
  readonly cpuSeconds: number;
  /** Share of the time that the busiest process' event loop had work, 0 to 1. */
  readonly busyShare: number;
  /** What this generator cannot promise, a sentence each. */
  readonly limits: readonly string[];
  /** What a generator that others wrote says itself: beside our figures, never instead of them. */
  readonly report?: GeneratorReport;
  /** Why it ended before it was through, if it did. */
  readonly failure?: string;
  /** Of the builtin generator, process by process. */
  readonly each: readonly ProcessFacts[];
}

/** A generator's own summary, by its own reckoning. */
export interface GeneratorReport {
  readonly version: string;
  /** Answers of any kind. */
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Without a usable answer: connection errors, time-outs, refusals. */
  readonly failed: number;
  /** Due and never begun, where the generator knows. */
  readonly dropped?: number;
  readonly latencyMs: {
    readonly p50: number;
    readonly p90: number;
    /** k6 only. */
    readonly p95?: number;
    readonly p99: number;
    readonly p999: number;
    readonly max: number;
  };
  /** Those of the scenario's thresholds that it judged itself. */
  readonly thresholds: readonly { readonly expression: string; readonly passed: boolean }[];
}

/** How one of the generator's processes fared: the worst of them decides what a run is worth. */
export interface ProcessFacts {
  /** "this process", "process 2" of this machine, or an agent's address. */
  readonly name: string;
  /** User and system, while sending. */
  readonly cpuSeconds: number;
  /** Share of the time that its event loop had work, 0 to 1. */
  readonly busyShare: number;
  /** How late it was with 99 of 100 ballots. */
  readonly scheduleLagP99Ms: number;
  /** Due and never sent. */
  readonly unsent: number;
  /** Milliseconds since the epoch, by the coordinator's clock. */
  readonly startedAt: number;
  /** By how much its clock may be further off than was measured; of agents. */
  readonly clockUncertaintyMs?: number;
  /** Why nothing more is known of its share. */
  readonly lost?: string;
}

/** What a run did, before anything is compared. The same from one process or from many. */
export interface LoadOutcome {
  readonly election: string;
  readonly seed: number;
  readonly streams: readonly StreamOutcome[];
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** From the start until everything was visible. */
  readonly durationMs: number;
  /** From the start until the last ballot was sent. */
  readonly sendingMs: number;
  readonly latencies: RunLatencies;
  readonly timeline: Timeline;
  /** Due and never sent. */
  readonly unsent: number;
  readonly interrupted: boolean;
  /** The view has reached the log's end in every partition. */
  readonly drained: boolean;
  readonly generator: GeneratorFacts;
}

/**
 * One outcome of shares that ran at the same time: percentiles come from the added histograms,
 * never from averaged percentiles.
 *
 * @param outcomes at least one; of one election and one seed
 */
export function mergeOutcomes(outcomes: readonly LoadOutcome[]): LoadOutcome {
  const [first] = outcomes;
  const timeline = new Timeline(first.timeline.everyMs * 1_000);
  for (const outcome of outcomes) timeline.add(outcome.timeline);
  const most = (of: (outcome: LoadOutcome) => number) => Math.max(...outcomes.map(of));
  return {
    election: first.election,
    seed: first.seed,
    streams: outcomes.flatMap(({ streams }) => streams),
    startedAt: Math.min(...outcomes.map(({ startedAt }) => startedAt)),
    durationMs: most(({ durationMs }) => durationMs),
    sendingMs: most(({ sendingMs }) => sendingMs),
    latencies: mergeLatencies(outcomes.map((outcome) => outcome.latencies)),
    timeline,
    unsent: outcomes.reduce((sum, { unsent }) => sum + unsent, 0),
    interrupted: outcomes.some(({ interrupted }) => interrupted),
    drained: outcomes.every(({ drained }) => drained),
    generator: mergeGenerators(outcomes.map(({ generator }) => generator)),
  };
}

function mergeGenerators(generators: readonly GeneratorFacts[]): GeneratorFacts {
  return {
    name: generators[0].name,
    processes: generators.reduce((sum, { processes }) => sum + processes, 0),
    cpuSeconds: generators.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
    busyShare: Math.max(...generators.map(({ busyShare }) => busyShare)),
    limits: [...new Set(generators.flatMap(({ limits }) => limits))],
    ...(generators.length === 1 && generators[0].report ? { report: generators[0].report } : {}),
    each: generators.flatMap(({ each }) => each),
  };
}
