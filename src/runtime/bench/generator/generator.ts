import type { HostFacts } from "../../contracts/load/host-facts.js";
import type { Via } from "../../contracts/load/scenario-file.js";
import type { LoadOutcome } from "../../load/measure/outcome.js";
import { runLoad } from "../../load/run/run-load.js";
import { defaultScenario, overrideScenario } from "../../load/scenario/override.js";
import { hostFacts } from "../../telemetry/host.js";
import { noWatch, type WorkWatch, watchSeconds } from "../../telemetry/work-watch.js";
import { nullRun, withNullIngest } from "./null-target.js";

/** The result for one way in. */
export interface GeneratorBenchRow {
  readonly via: Via;
  /** More than it can send, so that the schedule never limits it. */
  readonly offeredPerSecond: number;
  readonly votesPerSecond: number;
  /** CPU time of the generator's process alone. */
  readonly cpuSeconds: number;
  readonly votesPerCpuSecond: number;
}

export interface GeneratorBenchRecord {
  readonly bench: "generator";
  readonly seconds: number;
  readonly rows: readonly GeneratorBenchRow[];
  readonly host: HostFacts;
}

const offered = { log: 8_000_000, "http-batch": 1_000_000, http: 60_000 } as const;

/** Measures what one core of the load generator can send to targets that answer at once. */
export async function benchGenerator({
  seconds,
  watch = noWatch,
}: {
  readonly seconds: number;
  readonly watch?: WorkWatch;
}): Promise<GeneratorBenchRecord> {
  const rows: GeneratorBenchRow[] = [];
  for (const via of ["log", "http-batch", "http"] as const) {
    const lasts = Math.min(1, seconds) + seconds;
    const work = () => withNullIngest({}, (url) => measure(via, seconds, url));
    rows.push(await watchSeconds(watch, `Sending via ${via}`, lasts, work));
  }
  return { bench: "generator", seconds, rows, host: hostFacts() };
}

async function measure(via: Via, seconds: number, url: string): Promise<GeneratorBenchRow> {
  const scenario = (durationSeconds: number) =>
    overrideScenario(defaultScenario, { votesPerSecond: offered[via], durationSeconds, via });
  // Warms up the just-in-time compiler.
  await runLoad(await nullRun(scenario(Math.min(1, seconds)), url));
  const { streams, sendingMs, generator } = await runLoad(await nullRun(scenario(seconds), url));
  const votes = acknowledgedBy(streams);
  return {
    via,
    offeredPerSecond: offered[via],
    votesPerSecond: Math.round(votes / (sendingMs / 1_000)),
    cpuSeconds: generator.cpuSeconds,
    votesPerCpuSecond: Math.round(votes / generator.cpuSeconds),
  };
}

function acknowledgedBy(streams: LoadOutcome["streams"]): number {
  return streams.reduce((sum, { account }) => sum + account.acknowledged, 0);
}
