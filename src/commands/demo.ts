import { fileURLToPath } from "node:url";
import { Flags } from "@oclif/core";
import { wholeFlag } from "../cli/flags/numbers.js";
import { parseDurationMs } from "../cli/flags/times.js";
import { loadFailure, streamsLines } from "../cli/load-run.js";
import { stopOnSignal } from "../cli/signals.js";
import { WorkProgress } from "../cli/text/work-progress.js";
import { VoteCommand } from "../cli/vote-command.js";
import type { Via } from "../runtime/contracts/load/scenario-file.js";
import { errorCatalogue } from "../runtime/core/errors.js";
import type { Threshold } from "../runtime/load/scenario/threshold.js";
import type { LiveTallyProps } from "../runtime/monitor/plain/plain.js";
import type { DemoRecord } from "../runtime/system/demo.js";
import type { Engine } from "../runtime/wiring/engine.js";

const scenarioFile = fileURLToPath(new URL("../../scenarios/demo.yaml", import.meta.url));
const plainEverySeconds = 1;

const next = [
  ["dev", "all roles, an open election, URLs, tokens"],
  ["load --rps 250k", "vote in it, and check every ballot"],
  ["monitor", "watch it in the terminal"],
  ["bench pipeline", "how fast this machine is"],
  ["--help", "everything else"],
];

export default class Demo extends VoteCommand {
  static override summary = "Run the main job: 250,000 votes a second, close, recount, reconcile.";
  static override description =
    "Starts ingest, tally and serve as separate processes over one data directory, sends the " +
    "votes of scenarios/demo.yaml over HTTP, in gateways' batches and one by one, and compares " +
    "the generator's own account, the live view, the ledger and an independent recount. On a " +
    "cluster, the batches' votes go straight into the log. Exits with 0 if all agree to the last " +
    "ballot and the rate and latency held, with 3 if a ballot is not accounted for, with 99 if " +
    "it was only too slow.";
  static override examples = [
    "<%= config.bin %> demo",
    "<%= config.bin %> demo --rps 50000",
    "<%= config.bin %> demo --via log",
    "<%= config.bin %> demo --engine cluster",
  ];
  static override flags = {
    rps: wholeFlag({
      description: "Votes a second, besides the single voters (default: 250,000)",
      min: 1,
      max: 10_000_000,
    }),
    via: Flags.option({
      options: ["http-batch", "log"] as const,
      description:
        "How they get in: straight into the log, which leaves out HTTP, tokens and ingest, or in " +
        "gateways' batches over HTTP (default: http-batch; on a cluster log)",
    })(),
    duration: Flags.string({
      helpValue: "<10s>",
      description: "How long to send votes: 10s, 1m (default: 10s)",
    }),
    seed: wholeFlag({ description: "The same seed makes the same votes", min: 0 }),
  };

  async run(): Promise<DemoRecord> {
    const { flags } = await this.parse(Demo);
    const { runDemo } = await import("../runtime/system/demo.js");
    const { ownEngine } = await import("../runtime/config/engine-choice.js");
    const engine = await ownEngine(flags);
    const scenario = await this.#scenario(flags, engine.engine);
    const names = new Map((scenario.candidates ?? []).map(({ id, name }) => [id, name]));
    const forSeconds = `; for ${scenario.durationSeconds} s.`;
    for (const line of streamsLines("vote demo", scenario, forSeconds)) this.log(line);
    const display = await this.#display();
    const record = await runDemo({
      scenario,
      ...engine,
      dataDir: flags["data-dir"],
      signal: stopOnSignal(),
      watch: new WorkProgress(),
      onStep: (what) => this.log(`· ${what}`),
      onTally: display.update,
    }).finally(display.stop);
    const { reportText } = await import("../runtime/load/report/report.js");
    const advice = "Run it while the machine does nothing else, or with a lower --rps";
    const cheaper = record.streams.some(({ via }) => via === "http-batch")
      ? ", or --via log."
      : ".";
    this.log(`\n${reportText(record, names, advice + cheaper)}`);
    if (record.certificate !== undefined) {
      this.log(`\nOfficial and certified. Digest of the seals (SHA-256):`);
      this.log(`  ${record.certificate.digest}`);
    }
    this.log("\nTry next:");
    const commands = await Promise.all(next.map(([command]) => this.command(command)));
    const width = Math.max(...commands.map(({ length }) => length));
    next.forEach(([, why], at) => {
      this.log(`  ${commands[at].padEnd(width)}  ${why}`);
    });
    const failure = loadFailure(record);
    if (failure !== undefined) process.exitCode = errorCatalogue[failure].exitCode;
    return record;
  }

  async #scenario(
    flags: { rps?: number; via?: Via; duration?: string; seed?: number },
    engine: Engine["name"],
  ) {
    const { readScenario } = await import("../runtime/load/scenario/scenario-file.js");
    const { overrideScenario } = await import("../runtime/load/scenario/override.js");
    const { rps, duration, seed } = flags;
    const scenario = overrideScenario(await readScenario(scenarioFile), {
      votesPerSecond: rps,
      // Kafka, DynamoDB Local and Redis leave too little of two cores for HTTP (issue 12).
      via: flags.via ?? (engine === "cluster" ? "log" : undefined),
      durationSeconds: duration === undefined ? undefined : parseDurationMs(duration) / 1_000,
    });
    return {
      ...scenario,
      seed: seed ?? scenario.seed,
      thresholds: await thresholdsFor(scenario.thresholds, engine, rps),
    };
  }

  /** Redraws the live tally on a terminal; otherwise prints one line a second. */
  async #display(): Promise<{ update(tally: LiveTallyProps): void; stop(): void }> {
    if (this.jsonEnabled()) return { update: () => undefined, stop: () => undefined };
    if (process.stdout.isTTY) {
      const { renderLiveTally } = await import("../runtime/monitor/screen/live-tally.js");
      return renderLiveTally(process.stdout);
    }
    const { liveTallyLine } = await import("../runtime/monitor/plain/plain.js");
    let lineAt = 0;
    let phase = "";
    return {
      update: (tally) => {
        if (tally.elapsedSeconds < lineAt && tally.phase === phase) return;
        phase = tally.phase;
        lineAt = Math.floor(tally.elapsedSeconds) + plainEverySeconds;
        this.log(`  ${liveTallyLine(tally)}`);
      },
      stop: () => undefined,
    };
  }
}

/** The looser bound for clusters, whose servers share the cores with everything else. */
const clusterVisible: Threshold = {
  metric: "visible",
  method: "p",
  percentile: 99,
  operator: "<",
  value: 1,
  unit: "s",
};

/** The scenario's thresholds hold at its own rate on the embedded engine only. */
async function thresholdsFor(
  thresholds: readonly Threshold[],
  engine: Engine["name"],
  otherRate: number | undefined,
): Promise<readonly Threshold[]> {
  if (otherRate !== undefined) return [];
  if (engine === "embedded") return thresholds;
  const { withThresholds } = await import("../runtime/load/scenario/threshold.js");
  return withThresholds(thresholds, [clusterVisible]);
}
