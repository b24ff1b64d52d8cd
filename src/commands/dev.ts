import { resolve } from "node:path";
import { Flags } from "@oclif/core";
import { wholeFlag } from "../cli/flags/numbers.js";
import { untilStopped } from "../cli/signals.js";
import {
  devBanner,
  finalTallyText,
  resultsPageOf,
  tokensText,
  votePagesOf,
} from "../cli/text/dev-text.js";
import { WorkProgress } from "../cli/text/work-progress.js";
import { VoteCommand } from "../cli/vote-command.js";
import type { SupervisorEvent } from "../runtime/processes/supervise.js";
import type { RunningDev } from "../runtime/system/dev.js";

export default class Dev extends VoteCommand {
  static override summary = "Run every role on this machine, with an open election to vote in.";
  static override description =
    "Runs ingest, tally, serve, admin and certify as separate processes over one data directory " +
    "until Ctrl+C. For development only: anyone who sees its tokens can use them.";
  static override examples = [
    "<%= config.bin %> dev",
    "<%= config.bin %> dev --data-dir ./data --port 5000",
    "<%= config.bin %> dev --port 0 --json",
    "<%= config.bin %> dev --engine cluster",
  ];
  static override jsonLines = true;
  static override flags = {
    port: wholeFlag({
      description: "Port of ingest; serve and admin take the next two; 0 takes free ones",
      min: 0,
      max: 65_533,
      default: 4000,
    }),
    host: Flags.string({
      helpValue: "<address>",
      description: "Address to listen on",
      default: "127.0.0.1",
    }),
    certify: Flags.boolean({
      description: "Recount closed elections, and make their results official, without a command",
      default: true,
      allowNo: true,
    }),
    "show-tokens": Flags.boolean({ description: "Print the tokens, and a ballot to send by curl" }),
  };
  #running: RunningDev | undefined;

  async run(): Promise<void> {
    const { flags, metadata } = await this.parse(Dev);
    const stopped = untilStopped(() => this.#running?.force());
    const { startDev } = await import("../runtime/system/dev.js");
    const { watchSeconds } = await import("../runtime/telemetry/work-watch.js");
    const { ownEngine } = await import("../runtime/config/engine-choice.js");
    const dataDir = flags["data-dir"];
    // The roles' info logs would bury the banner, so they need an explicit --log-level.
    const quiet = metadata.flags["log-level"]?.setFromDefault === true;
    const starting = "Starting all roles";
    const dev = await watchSeconds(new WorkProgress(), starting, undefined, async () =>
      startDev({
        ...(await ownEngine(flags)),
        ...(dataDir === undefined ? {} : { dataDir: resolve(dataDir) }),
        port: flags.port,
        host: flags.host,
        certify: flags.certify,
        logLevel: quiet ? "warn" : flags["log-level"],
        onEvent: (event) => this.tell(event),
      }),
    );
    this.#running = dev;
    const readyMs = Math.round(performance.now());
    this.line(readyRecord(dev, readyMs));
    const tries = ["load --rps 5k --duration 10s", "monitor"].map((one) => this.command(one));
    this.log(devBanner(dev, await Promise.all(tries)));
    if (flags["show-tokens"]) this.log(`\n${tokensText(dev)}`);
    this.log(`Ready in ${readyMs} ms — Ctrl+C to stop`);
    const why = await stopped;
    this.line({ event: "stopping", why });
    this.log("\nStopping: tallying every acknowledged ballot. Press Ctrl+C again to force.");
    const tally = await dev.stop();
    this.line({ event: "stopped", ...tally });
    this.log(finalTallyText(tally));
    this.exit(0);
  }

  /** Other commands find the only `vote dev` by themselves. */
  protected override async place(): Promise<string> {
    if (this.#running === undefined) return "";
    const { runningDevs } = await import("../runtime/config/dev-state.js");
    const { port } = new URL(this.#running.urls.ingest);
    return (await runningDevs()).length > 1 ? `--dev ${port}` : "";
  }

  private tell(event: SupervisorEvent): void {
    this.line(event);
    if (event.event === "role-died") {
      this.log(`! ${event.role} exited with ${event.code}; restarting it.`);
    } else if (event.event === "role-restarted") {
      this.log(`✓ ${event.role} is running again (process ${event.pid}).`);
    } else this.log(`! ${event.role} did not start: ${event.reason}`);
  }
}

/** Builds the first line of `--json`, with all addresses. */
function readyRecord(dev: RunningDev, readyMs: number): object {
  const { urls, metrics, dataDir, temporary, election, tokens } = dev;
  return {
    event: "ready",
    role: "dev",
    pid: process.pid,
    pids: dev.pids(),
    ...urls,
    metrics,
    election: election.id,
    dataDir,
    temporary,
    tokens: { voter: tokens.voter, gateway: tokens.gateway, admin: tokens.admin },
    pages: { results: resultsPageOf(dev), vote: votePagesOf(dev) },
    readyMs,
  };
}
