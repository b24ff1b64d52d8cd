import { VoteError } from "../../core/errors.js";
import { runGenerator } from "../../load/generators/run-generator.js";
import {
  type GeneratorName,
  generatorNames,
  type LoadOutcome,
} from "../../load/measure/outcome.js";
import { defaultScenario, overrideScenario } from "../../load/scenario/override.js";
import { findK6 } from "../../system/load/k6-program.js";
import { type HostFacts, hostFacts } from "../../telemetry/host.js";
import { benchSecret, nullRun, withNullIngest } from "./null-target.js";

export interface Quantiles {
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export interface TruthBenchRow {
  readonly generator: GeneratorName;
  /** What it says of the latency, in milliseconds; ours from when each ballot was due. */
  readonly latencyMs: Quantiles;
  /** Of ours: from when each was really sent, as a closed loop would see it. */
  readonly rawMs?: Quantiles;
  /** How far its p99.9 is from the truth: 0 is right, -1 says nothing of the freeze. */
  readonly error: number;
  readonly sent: number;
}

export interface TruthBenchRecord {
  readonly bench: "truth";
  readonly votesPerSecond: number;
  readonly seconds: number;
  readonly freezeSeconds: number;
  readonly connections: number;
  /** By the schedule, for a server that answers at once but for the freeze. */
  readonly truthMs: Quantiles;
  readonly rows: readonly TruthBenchRow[];
  /** Ours is within 5 % of the truth. */
  readonly agrees: boolean;
  readonly host: HostFacts;
}

export interface TruthBenchOptions {
  readonly votesPerSecond: number;
  readonly seconds: number;
  readonly freezeSeconds: number;
  readonly connections: number;
}

const maxError = 0.05;

/**
 * Load generators against a real HTTP server in a process of its own that freezes in the middle:
 * what each of them says of it, beside what the schedule says must have been.
 */
export async function benchTruth(options: TruthBenchOptions): Promise<TruthBenchRecord> {
  const truthMs = truthOf(options);
  const rows: TruthBenchRow[] = [];
  for (const generator of generatorNames.filter(isThere)) {
    rows.push(rowOf(generator, await measure(generator, options), truthMs));
  }
  const agrees = Math.abs(rows[0].error) <= maxError;
  return { bench: "truth", ...options, truthMs, rows, agrees, host: hostFacts() };
}

/**
 * Of ballots that are due evenly, those due while the server stands still wait for its end: of
 * these the latencies lie evenly between 0 and the freeze's length. All others take no time.
 */
export function truthOf({ seconds, freezeSeconds }: TruthBenchOptions): Quantiles {
  const at = (above: number) =>
    1_000 * Math.max(0, freezeSeconds - above * Math.max(seconds, freezeSeconds));
  return { p99: at(0.01), p999: at(0.001), max: at(0) };
}

async function measure(
  generator: GeneratorName,
  { votesPerSecond, seconds: durationSeconds, freezeSeconds, connections }: TruthBenchOptions,
): Promise<LoadOutcome> {
  const scenario = {
    ...overrideScenario(defaultScenario, {
      ...{ votesPerSecond, durationSeconds, connections, via: "http" },
    }),
    secondVoteShare: 0,
    retryShare: 0,
  };
  const env = {
    FREEZE_MS: String(freezeSeconds * 1_000),
    FREEZE_AFTER_MS: String(((durationSeconds - freezeSeconds) / 2) * 1_000),
  };
  return withNullIngest(env, (url) =>
    runGenerator(generator, nullRun(scenario, url), {
      tokenSecret: async () => benchSecret,
      k6Program: findK6,
    }),
  );
}

function rowOf(
  generator: GeneratorName,
  { latencies, streams, generator: facts }: LoadOutcome,
  truth: Quantiles,
): TruthBenchRow {
  const ours = generator === "builtin";
  const own = ours ? latencies.acknowledge.summary() : facts.report?.latencyMs;
  const { p99 = 0, p999 = 0, max = 0 } = own ?? {};
  const raw = latencies.acknowledgeRaw.summary();
  return {
    generator,
    latencyMs: { p99, p999, max },
    ...(ours ? { rawMs: { p99: raw.p99, p999: raw.p999, max: raw.max } } : {}),
    error: p999 / truth.p999 - 1,
    sent: streams.reduce((sum, { account }) => sum + account.sent, 0),
  };
}

/** k6 is another program, and may not be installed. */
function isThere(generator: GeneratorName): boolean {
  if (generator !== "k6") return true;
  try {
    return findK6() !== "";
  } catch (error) {
    if (error instanceof VoteError) return false;
    throw error;
  }
}
