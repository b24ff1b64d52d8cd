import type { EngineChoice } from "../config/engine-choice.js";
import type { HostFacts } from "../contracts/load/host-facts.js";
import { type Constant, type ConstantName, defaultConstants } from "../plan/constants.js";
import { hostFacts } from "../telemetry/host.js";
import type { WorkWatch } from "../telemetry/work-watch.js";
import { benchDedup } from "./dedup.js";
import { benchIngest } from "./ingest/ingest.js";
import { benchPipeline } from "./pipeline.js";
import { benchRecount } from "./recount.js";
import { benchStartup } from "./startup.js";

/** Options of `measureConstants`. */
export interface MeasureOptions {
  /** Which engine the pipeline runs on. Default: embedded. */
  readonly engine?: Pick<EngineChoice, "engine" | "config">;
  /** Votes of the pipeline, recount and start-up benches; the dedup bench takes a fifth of it. */
  readonly votes: number;
  /** Length of each part of the ingest bench. */
  readonly seconds: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Called with the name of each bench as it starts. */
  readonly onStep: (what: string) => void;
  /** Hears how far it has come. */
  readonly watch?: WorkWatch;
}

/** What `vote plan --measure` writes and `vote plan --constants` reads. */
export interface MeasuredConstants {
  /** ISO 8601. */
  readonly measuredAt: string;
  readonly host: HostFacts;
  readonly constants: Readonly<Partial<Record<ConstantName, Constant>>>;
}

/**
 * Runs the benches one after another to measure the constants of this host.
 *
 * @throws VoteError `recount-mismatch`, or any other error of a bench
 */
export async function measureConstants(options: MeasureOptions): Promise<MeasuredConstants> {
  const { engine, votes, seconds, onStep, watch } = options;
  const measuredAt = new Date(options.now()).toISOString();
  const host = hostFacts();
  const measured = `${measuredAt.slice(0, 10)}, ${host.cores} cores, Node.js ${host.node}`;
  onStep("vote bench ingest");
  const ingest = await benchIngest({ seconds, watch });
  onStep("vote bench pipeline");
  const pipeline = await benchPipeline({ votes, partitions: 8, tallies: 1, engine, watch });
  onStep("vote bench recount");
  const recount = await benchRecount({ votes, partitions: 8, watch });
  onStep("vote bench startup");
  const startup = await benchStartup({ votes, watch });
  onStep("vote bench dedup");
  const [dedup] = benchDedup({ voters: [Math.max(1_000, Math.round(votes / 5))], watch });
  const values: readonly (readonly [ConstantName, value: number, source: string])[] = [
    ["ingestRequestsPerCpuSecond", ingest.single.requestsPerCpuSecond, "ingest"],
    ["ingestBatchVotesPerSecond", ingest.batch.votesPerSecond, "ingest"],
    ["tallyVotesPerCpuSecond", pipeline.votesPerCpuSecond, `pipeline --engine ${pipeline.engine}`],
    ["recountVotesPerCpuSecond", recount.votesPerCpuSecond, "recount"],
    ["startVotesPerSecond", startup.votesPerSecond, "startup"],
    ["dedupBytesPerVoter", dedup.maxBytesPerVoter, "dedup"],
  ];
  const constants = values.map(([name, value, bench]) => {
    const { unit } = defaultConstants[name];
    return [name, { value, unit, source: `vote bench ${bench}`, measured }] as const;
  });
  return { measuredAt, host, constants: Object.fromEntries(constants) };
}
