import { type GeneratorName, generatorNames } from "../../contracts/load/generator-facts.js";
import type { HostFacts } from "../../contracts/load/host-facts.js";
import { VoteError } from "../../core/errors.js";
import { runGenerator } from "../../load/generators/run-generator.js";
import type { LoadOutcome } from "../../load/measure/outcome.js";
import { defaultScenario, overrideScenario } from "../../load/scenario/override.js";
import { findK6 } from "../../system/load/k6-program.js";
import { hostFacts } from "../../telemetry/host.js";
import { noWatch, type WorkWatch, watchSeconds } from "../../telemetry/work-watch.js";
import { benchSecret, nullRun, withNullIngest } from "./null-target.js";

/** Latencies in milliseconds. */
export interface Quantiles {
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** What one generator reports. */
export interface TruthBenchRow {
  readonly generator: GeneratorName;
  /** The latency it reports, in milliseconds; ours counts from when each ballot was due. */
  readonly latencyMs: Quantiles;
  /** Ours only: latency from the actual sending, as a closed loop sees it. */
  readonly rawMs?: Quantiles;
  /** Relative error of its p99.9: 0 is right, -1 misses the freeze altogether. */
  readonly error: number;
  readonly sent: number;
}

/** Options of `benchTruth`. */
export interface TruthBenchOptions {
  readonly votesPerSecond: number;
  readonly seconds: number;
  readonly freezeSeconds: number;
  readonly connections: number;
  /** Hears how far it has come. */
  readonly watch?: WorkWatch;
}

interface TruthBenchRecord extends Omit<TruthBenchOptions, "watch"> {
  readonly bench: "truth";
  /** The true latencies by the schedule, for a server that answers at once except in the freeze. */
  readonly truthMs: Quantiles;
  readonly rows: readonly TruthBenchRow[];
  /** Whether ours is within 5 % of the truth. */
  readonly agrees: boolean;
  readonly host: HostFacts;
}

const maxError = 0.05;

/**
 * Runs load generators against a real HTTP server that freezes in the middle, and compares the
 * latencies they report with what the schedule proves.
 */
export async function benchTruth({
  watch = noWatch,
  ...options
}: TruthBenchOptions): Promise<TruthBenchRecord> {
  const truthMs = truthOf(options);
  const rows: TruthBenchRow[] = [];
  for (const generator of generatorNames.filter(isThere)) {
    const work = () => measure(generator, options);
    const what = `Measuring with ${generator}`;
    rows.push(rowOf(generator, await watchSeconds(watch, what, options.seconds, work), truthMs));
  }
  const agrees = Math.abs(rows[0].error) <= maxError;
  return { bench: "truth", ...options, truthMs, rows, agrees, host: hostFacts() };
}

/**
 * Computes the true latencies. Ballots are due evenly; those due during the freeze wait for its
 * end, so that their latencies spread evenly from 0 to its length, and all others take no time.
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
  return withNullIngest(env, async (url) => {
    const tools = { tokenSecret: benchSecret, k6Program: findK6 };
    return runGenerator(generator, await nullRun(scenario, url), tools);
  });
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

/** Leaves k6 out where it is not installed. */
function isThere(generator: GeneratorName): boolean {
  if (generator !== "k6") return true;
  try {
    return findK6() !== "";
  } catch (error) {
    if (error instanceof VoteError) return false;
    throw error;
  }
}
