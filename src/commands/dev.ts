import { resolve } from "node:path";
import { Flags } from "@oclif/core";
import { untilStopped } from "../cli/signals.js";
import { devBanner, finalTallyText, resultsPageOf, votePagesOf } from "../cli/text/dev-text.js";
import { VoteCommand } from "../cli/vote-command.js";
import type { SupervisorEvent } from "../runtime/processes/supervise.js";
import type { RunningDev } from "../runtime/system/dev.js";

export default class Dev extends VoteCommand {
  static override summary = "Run every role on this machine, with an open election to vote in.";
  static override description =
    "Ingest, tally, serve and admin as processes of their own over one data directory, until " +
    "Ctrl+C. For development: the tokens it prints are anybody's.";
  static override examples = [
    "<%= config.bin %> dev",
    "<%= config.bin %> dev --data-dir ./data --port 5000",
    "<%= config.bin %> dev --port 0 --json",
    "<%= config.bin %> dev --engine cluster",
  ];
  static override jsonLines = true;
  static override flags = {
    port: Flags.integer({
      description: "Ingest listens here, serve and admin on the next ones; 0 takes free ones",
      min: 0,
      max: 65_533,
      default: 4000,
    }),
    host: Flags.string({ description: "Address to listen on", default: "127.0.0.1" }),
  };

  async run(): Promise<void> {
    const { flags, metadata } = await this.parse(Dev);
    let running: RunningDev | undefined;
    const stopped = untilStopped(() => running?.force());
    const { startDev } = await import("../runtime/system/dev.js");
    const { ownEngine } = await import("../runtime/config/engine-choice.js");
    const dataDir = flags["data-dir"];
    // The roles' usual course would bury the banner; whoever wants it asks for it.
    const quiet = metadata.flags["log-level"]?.setFromDefault === true;
    const dev = await startDev({
      ...(await ownEngine(flags)),
      ...(dataDir === undefined ? {} : { dataDir: resolve(dataDir) }),
      port: flags.port,
      host: flags.host,
      logLevel: quiet ? "warn" : flags["log-level"],
      onEvent: (event) => this.tell(event),
    });
    running = dev;
    const readyMs = Math.round(performance.now());
    this.line(readyRecord(dev, readyMs));
    this.log(devBanner(dev));
    this.log(`Ready in ${readyMs} ms — Ctrl+C to stop`);
    const why = await stopped;
    this.line({ event: "stopping", why });
    this.log("\nStopping: what has been acknowledged is being tallied. Ctrl+C again forces.");
    const tally = await dev.stop();
    this.line({ event: "stopped", ...tally });
    this.log(finalTallyText(tally));
    this.exit(0);
  }

  private tell(event: SupervisorEvent): void {
    this.line(event);
    if (event.event === "role-died") {
      this.log(`! ${event.role} ended with ${event.code}; starting it again.`);
    } else if (event.event === "role-restarted") {
      this.log(`✓ ${event.role} runs again (process ${event.pid}).`);
    } else this.log(`! ${event.role} did not start: ${event.reason}`);
  }
}

/** The first line of `--json`: where everything is. */
function readyRecord(dev: RunningDev, readyMs: number): object {
  const { urls, dataDir, temporary, election, tokens } = dev;
  return {
    event: "ready",
    role: "dev",
    pid: process.pid,
    pids: dev.pids(),
    ...urls,
    election: election.id,
    dataDir,
    temporary,
    tokens: { voter: tokens.voter, gateway: tokens.gateway, admin: tokens.admin },
    pages: { results: resultsPageOf(dev), vote: votePagesOf(dev) },
    readyMs,
  };
}
