import { Flags, type Interfaces } from "@oclif/core";
import { DataCommand } from "../../cli/data-command.js";
import { caFlag } from "../../cli/flags/ca-flag.js";
import { generatorFlags, processesOf } from "../../cli/flags/generator-flags.js";
import { wholeFlag } from "../../cli/flags/numbers.js";
import {
  rateFlag,
  searchSeconds,
  searchStart,
  searchThreshold,
} from "../../cli/flags/rate-flag.js";
import { parseDurationMs } from "../../cli/flags/times.js";
import { readGatewayToken, tokenFlags } from "../../cli/flags/token-flags.js";
import { loadFailure, repeatCommand, streamsLines } from "../../cli/load-run.js";
import { stopOnSignal } from "../../cli/signals.js";
import { WorkProgress } from "../../cli/text/work-progress.js";
import { withExistingEngine } from "../../cli/with-engine.js";
import type { EngineFlags } from "../../runtime/config/engine-choice.js";
import type { LoadRecord, SearchTrial } from "../../runtime/contracts/load/load-record.js";
import { errorCatalogue, VoteError } from "../../runtime/core/errors.js";
import type { Scenario } from "../../runtime/load/scenario/scenario.js";
import type { Threshold } from "../../runtime/load/scenario/threshold.js";
import type { Engine } from "../../runtime/wiring/engine.js";

export default class Load extends DataCommand {
  static override summary = "Send votes at a set rate, then check every one of them.";
  static override description =
    "An open loop sends each vote when it is due, however slow the system is, and counts latency " +
    "from then. At the end it compares its own account, the view, the ledger and a recount to " +
    "the last ballot. Against a running vote dev it needs no flags. Exits with 3 if anything " +
    "disagrees, with 99 if a threshold is breached.";
  static override examples = [
    "<%= config.bin %> load --rps 250000",
    "<%= config.bin %> load --rps 5000 --duration 30s --via http",
    "<%= config.bin %> load --generator k6 --rps 1000",
    "<%= config.bin %> load --scenario smoke",
    "<%= config.bin %> load --scenario bbb20 --duration 10s --rps 5000",
    "<%= config.bin %> load --scenario my-show.yaml --election mascot --json",
    "<%= config.bin %> load --rps 5000 --via http-batch --out html=run.html --out json=run.json",
    "<%= config.bin %> load --rps 1000 --via http --threshold 'p(99)<250ms' --abort-on-fail",
  ];
  static override flags = {
    rps: rateFlag(),
    duration: Flags.string({
      helpValue: "<10s>",
      description:
        "How long to send votes: 10s, 5m; a scenario is compressed into it " +
        "(default: the scenario's, or 10s)",
    }),
    via: Flags.option({
      options: ["log", "http", "http-batch"] as const,
      description:
        "Straight into the log, which leaves out HTTP, tokens and ingest; over HTTP one by one; " +
        "or in gateways' batches (default: http-batch, or the scenario's)",
    })(),
    generator: Flags.option({
      helpGroup: "GENERATOR",
      options: ["builtin", "autocannon", "k6"] as const,
      description:
        "What sends the votes: vote's own open loop; autocannon, a closed loop; or k6, if " +
        "installed. The last two send one stream, via http only",
      default: "builtin" as const,
    })(),
    election: Flags.string({
      helpValue: "<id>",
      description:
        "Election id (default: a new one for a scenario with candidates; else the open one)",
    }),
    scenario: Flags.string({
      description: "A scenario that comes with vote, or a YAML file; flags override it",
      helpValue: "<name>|<file>",
    }),
    target: Flags.string({
      helpValue: "<url>",
      description: "URL of ingest (default: the running vote dev's)",
    }),
    seed: wholeFlag({
      description: "The same seed makes the same votes (default: the scenario's, or drawn)",
      min: 0,
    }),
    connections: wholeFlag({
      description: "HTTP requests in flight at once (default: the scenario's, or 64)",
      min: 1,
      max: 1_000,
    }),
    ...caFlag,
    ...tokenFlags,
    ...generatorFlags,
    findings: Flags.file({
      helpGroup: "REPORT",
      helpValue: "<file>",
      description:
        "File for every lost, double or invented ballot, one a line, written only if there are " +
        "any (default: findings-ELECTION-STARTEDAT.ndjson)",
    }),
    threshold: Flags.string({
      helpGroup: "REPORT",
      helpValue: "<bound>",
      description:
        "A bound that the run has to hold, in k6's syntax: p(99)<250ms, visible: p(99.9)<1s, " +
        "votes: rate>=250000, lost==0. May be repeated; replaces the scenario's threshold of the " +
        "same metric and method",
      multiple: true,
      default: [],
    }),
    "abort-on-fail": Flags.boolean({
      helpGroup: "REPORT",
      description:
        "Check the thresholds once a second (latencies and rates after three seconds), and stop " +
        "at the first breach; what was sent is still reconciled",
    }),
    out: Flags.string({
      helpGroup: "REPORT",
      helpValue: "<format=file>",
      description:
        "Also write a report, as FORMAT=FILE: json (the record), hdr (the latencies as an " +
        "HdrHistogram log), html (one self-contained page). May be repeated",
      multiple: true,
      default: [],
    }),
    "allow-others": Flags.boolean({
      description: "Allow other clients' ballots in the election, and count them apart",
    }),
  };

  async run(): Promise<LoadRecord> {
    const { flags } = await this.parse(Load);
    const { reportText, trialText } = await import("../../runtime/load/report/report.js");
    const { progressDisplay } = await import("../../cli/load-progress.js");
    const { parseReportTarget, ReportFiles } = await import(
      "../../runtime/load/report/files/report-files.js"
    );
    const { runLoadAndReconcile } = await import("../../runtime/system/load/load-run.js");
    const { runningDev } = await import("../../runtime/config/dev-state.js");
    const { onlyOpenElection } = await import("../../runtime/elections/elections.js");
    const scenario = await this.#scenario(flags);
    const gatewayToken = await gatewayTokenFor(scenario, flags);
    const startPerSecond = searchStart[scenario.streams[0].via];
    const onTrial = (trial: SearchTrial) => this.log(trialText(trial));
    const stopping = stopOnSignal();
    const terminal = process.stdout.isTTY && !this.jsonEnabled() ? process.stdout : undefined;
    const display = progressDisplay(terminal, (line) => this.log(line));
    const faultTargets = await targetsOf(flags, scenario);
    const reports = await ReportFiles.open(flags.out.map(parseReportTarget));
    const progress = new WorkProgress();
    const send = async (engine: Engine, election: string, close?: () => Promise<void>) => {
      const where = `Sending to election ${election}`;
      for (const line of streamsLines(where, scenario)) this.log(line);
      this.log("Ctrl+C stops and reconciles.");
      const run = await runLoadAndReconcile({
        engine,
        election,
        scenario,
        generator: flags.generator,
        seed: flags.seed,
        target: flags.target ?? (await runningDev(flags))?.urls.ingest,
        ownsTarget: flags["i-own-this-target"],
        caFile: flags.ca,
        processes: await processesOf(flags),
        gatewayToken,
        allowForeign: flags["allow-others"] ? true : undefined,
        signal: stopping,
        findingsPath: (startedAt) => flags.findings ?? findingsName(election, startedAt),
        origin: (seed) => ({
          version: this.config.version,
          command: repeatCommand(["vote", "load", ...this.argv], seed),
        }),
        abortOnFail: flags["abort-on-fail"],
        search: flags.rps === "max" ? { startPerSecond, onTrial } : undefined,
        onProgress: display.update,
        beforeReconcile: close,
        faultTargets,
        watch: progress,
        preparation: progress,
      }).finally(display.stop);
      const { findingsFailure } = run;
      if (findingsFailure) this.warn(`The findings' file is not whole: ${findingsFailure.message}`);
      const candidates = (await engine.registry.get(election))?.candidates ?? [];
      const names = new Map(candidates.map(({ id, name }) => [id, name]));
      await reports.write({ ...run, names });
      this.log(`\n${reportText(run.record, names)}`);
      return run.record;
    };
    const record = await withExistingEngine(flags, async (engine) => {
      if (flags.election !== undefined) return send(engine, flags.election);
      if (scenario.candidates === undefined)
        return send(engine, (await onlyOpenElection(engine)).id);
      const { withScenarioElection } = await import("../../runtime/elections/scenario-election.js");
      return withScenarioElection(engine, scenario, (...own) => send(engine, ...own), progress);
    }).finally(() => reports.close());
    const code = loadFailure(record);
    if (code !== undefined) process.exitCode = errorCatalogue[code].exitCode;
    return record;
  }

  async #scenario(flags: LoadFlags): Promise<Scenario> {
    const { defaultScenario, overrideScenario } = await import(
      "../../runtime/load/scenario/override.js"
    );
    const { readScenario } = await import("../../runtime/load/scenario/scenario-file.js");
    const { scenario, rps, duration, generator, connections } = flags;
    // Without a scenario there is nothing that says how: the others know one way only.
    const onlyHttp = scenario === undefined && generator !== "builtin";
    const via = flags.via ?? (onlyHttp ? "http" : undefined);
    const base = scenario === undefined ? defaultScenario : await readScenario(scenario);
    const thresholds = await this.#thresholds(base.thresholds, flags);
    const searches = rps === "max";
    const given = duration === undefined ? undefined : parseDurationMs(duration) / 1_000;
    return overrideScenario(
      { ...base, thresholds },
      {
        votesPerSecond: searches ? undefined : rps,
        durationSeconds: given ?? (searches ? searchSeconds : undefined),
        via,
        connections,
      },
    );
  }

  async #thresholds(ofScenario: readonly Threshold[], flags: LoadFlags) {
    const { isTrend, withThresholds } = await import("../../runtime/load/scenario/threshold.js");
    const { parseThreshold } = await import("../../runtime/load/scenario/threshold-syntax.js");
    const refuse = (detail: string, hint: string) =>
      new VoteError("invalid-usage", `--threshold ${detail}.`, { hint });
    const given = flags.threshold.map((text) => parseThreshold(text, refuse));
    const thresholds = withThresholds(ofScenario, given);
    if (flags.rps === "max" && !thresholds.some(({ metric }) => isTrend(metric))) {
      return [...thresholds, parseThreshold(searchThreshold, refuse)];
    }
    if (flags["abort-on-fail"] && thresholds.length === 0) {
      throw new VoteError("invalid-usage", "--abort-on-fail needs a threshold.", {
        hint: "Give one with --threshold 'p(99)<250ms', or in the scenario.",
      });
    }
    return thresholds;
  }
}

type LoadFlags = Interfaces.InferredFlags<typeof Load.flags>;

/** A gateway's token is of no use for single voters, and does not travel to other processes. */
async function gatewayTokenFor({ streams }: Scenario, flags: LoadFlags) {
  const token = await readGatewayToken(flags);
  if (token === undefined) return undefined;
  const refuse = (detail: string, hint: string) =>
    new VoteError("invalid-usage", `A gateway's token ${detail}.`, { hint });
  if (streams.some(({ via }) => via === "http")) {
    throw refuse(
      "is for batches, and a stream sends single votes",
      "Give --via http-batch; scenarios/k6/votes.js takes a file with a token for each voter.",
    );
  }
  if (flags.processes !== 1 || flags.agents !== undefined) {
    throw refuse("stays in this process", "Leave out --processes and --agents.");
  }
  return token;
}

/** Finds, before anything is sent, the `vote dev` over the same data that faults will hit. */
async function targetsOf(flags: EngineFlags, { faults }: Scenario) {
  if (faults.length === 0) return undefined;
  const { chooseEngine } = await import("../../runtime/config/engine-choice.js");
  const { faultTargets } = await import("../../runtime/system/load/fault-targets.js");
  return faultTargets(await chooseEngine(flags), faults);
}

function findingsName(election: string, startedAt: number): string {
  const when = new Date(startedAt).toISOString().replace(/[-:.]/g, "");
  return `findings-${election}-${when}.ndjson`;
}
