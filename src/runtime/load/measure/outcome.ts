/** What a run leaves behind: its accounts and journals, its latencies, and how it was sent. */
import type { OutcomeHeader, PackedRunLatencies } from "../../contracts/load/agent-requests.js";
import type { GeneratorFacts } from "../../contracts/load/generator-facts.js";
import type { Schedule } from "../arrivals/schedule.js";
import type { StreamSpec } from "../scenario/scenario.js";
import type { Account } from "./account.js";
import type { Journal } from "./journal.js";
import { LatencyRecorder } from "./latency.js";
import { Timeline } from "./timeline.js";

/** What became of one stream: all that the reconciliation needs. */
export interface StreamOutcome {
  readonly spec: StreamSpec;
  readonly schedule: Schedule;
  readonly account: Account;
  readonly journal: Journal;
  /** When its last ballot was sent, in milliseconds after the start. */
  readonly lastSentMs: number;
  /** Set if the stream did not start with the run: milliseconds since the epoch. */
  readonly startedAt?: number;
  /**
   * Why this stream's account is lost, if it is. What it sent is then unknown, and the account only
   * says how many ballots were due.
   */
  readonly lost?: string;
}

/** The latencies of all ballots of a run, in milliseconds. */
export interface RunLatencies {
  /** From when a ballot was due until its acknowledgement: what a voter feels. */
  readonly acknowledge: LatencyRecorder;
  /** From when it was really sent. For comparison only, as it flatters a system that stalls. */
  readonly acknowledgeRaw: LatencyRecorder;
  /** From when a ballot was due until the live result showed it. */
  readonly visible: LatencyRecorder;
  /** How late the generator was. */
  readonly scheduleLag: LatencyRecorder;
}

/** The same of each of a run's latencies. */
function latenciesBy<T>(of: (what: keyof RunLatencies) => T): Record<keyof RunLatencies, T> {
  return {
    acknowledge: of("acknowledge"),
    acknowledgeRaw: of("acknowledgeRaw"),
    visible: of("visible"),
    scheduleLag: of("scheduleLag"),
  };
}

/** Recorders that have recorded nothing. */
export function emptyLatencies(): RunLatencies {
  return latenciesBy(() => new LatencyRecorder());
}

/** Adds up the latencies of shares that ran at the same time: percentiles are of all ballots. */
export function mergeLatencies(shares: readonly RunLatencies[]): RunLatencies {
  return latenciesBy((what) => {
    const merged = new LatencyRecorder();
    for (const share of shares) merged.add(share[what]);
    return merged;
  });
}

/** For another process, which unpacks them with `unpackLatencies`. */
export function packLatencies(latencies: RunLatencies): PackedRunLatencies {
  return latenciesBy((what) => latencies[what].pack());
}

/** The latencies of another process. */
export function unpackLatencies(packed: PackedRunLatencies): RunLatencies {
  return latenciesBy((what) => LatencyRecorder.from(packed[what]));
}

/** What a run did, before the reconciliation; the same for one process and for many. */
export interface LoadOutcome extends Omit<OutcomeHeader, "streams" | "latencies" | "timeline"> {
  readonly streams: readonly StreamOutcome[];
  readonly latencies: RunLatencies;
  readonly timeline: Timeline;
}

/**
 * Merges the outcomes of shares that ran at the same time. Percentiles come from added histograms,
 * never from averaged percentiles.
 *
 * @param outcomes at least one, all with the same election and seed
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
