import { Flags } from "@oclif/core";
import { untilStopped } from "../cli/until-stopped.js";
import { VoteCommand } from "../cli/vote-command.js";
import { errorCatalogue, VoteError } from "../runtime/core/errors.js";
import type { MonitorRecord } from "../runtime/monitor/plain.js";
import type { Snapshot } from "../runtime/monitor/snapshot.js";
import { runningDev } from "../runtime/orchestrate/config.js";

const lineEveryMs = 1_000;

export default class Monitor extends VoteCommand {
  static override jsonLines = true;
  static override summary = "Watch an election and the roles that carry it.";
  static override description =
    "Full screen on a terminal; one line a second otherwise; with --json one object a line. " +
    "What cannot be reached is shown as unreachable.";
  static override examples = [
    "<%= config.bin %> monitor",
    "<%= config.bin %> monitor --election sample --once",
    "<%= config.bin %> monitor --serve-url http://127.0.0.1:4001 --json",
  ];
  static override flags = {
    election: Flags.string({ description: "Election to watch (default: the open one)" }),
    "serve-url": Flags.string({
      description: "Where serve listens (default: the running vote dev's)",
      env: "VOTE_SERVE_URL",
    }),
    "ingest-url": Flags.string({
      description: "Where ingest listens, to see its health too",
      env: "VOTE_INGEST_URL",
    }),
    once: Flags.boolean({ description: "Print one snapshot and end" }),
  };

  async run(): Promise<MonitorRecord | undefined> {
    const { flags } = await this.parse(Monitor);
    const urls = await urlsOf(flags["serve-url"], flags["ingest-url"]);
    const { snapshotReader } = await import("../runtime/monitor/read-snapshot.js");
    const read = snapshotReader({ ...urls, election: flags.election });
    if (flags.once) {
      const { lookOnce } = await import("../runtime/monitor/watch.js");
      const { record, line } = await lookOnce(read, flags.election);
      this.log(line);
      return record;
    }
    if (this.jsonEnabled() || !isScreen()) return this.printLines(read);
    const { showMonitor } = await import("../runtime/monitor/screen.js");
    const leaving = await showMonitor({ read });
    this.exit(leaving === "quit" ? 0 : errorCatalogue.interrupted.exitCode);
  }

  private async printLines(read: () => Promise<Snapshot>): Promise<never> {
    const { watch } = await import("../runtime/monitor/watch.js");
    const stop = new AbortController();
    let exitCode: number = errorCatalogue.interrupted.exitCode;
    void untilStopped().then(() => stop.abort());
    // `vote monitor | head` has seen enough: that is no error.
    process.stdout.on("error", () => {
      exitCode = 0;
      stop.abort();
    });
    const write = (record: MonitorRecord, line: string) => {
      if (this.jsonEnabled()) this.line(record);
      else process.stdout.write(`${line}\n`);
    };
    await watch({ read, write, intervalMs: lineEveryMs, signal: stop.signal });
    this.exit(exitCode);
  }
}

/** Ink draws nothing before the end where CI is set, and a dumb terminal cannot move its cursor. */
function isScreen(): boolean {
  return process.stdout.isTTY === true && !process.env.CI && process.env.TERM !== "dumb";
}

/** The given addresses; those that are not given are the running `vote dev`'s. */
async function urlsOf(
  serveUrl: string | undefined,
  ingestUrl: string | undefined,
): Promise<{ serveUrl: string; ingestUrl?: string }> {
  for (const url of [serveUrl, ingestUrl]) if (url !== undefined) requireHttp(url);
  if (serveUrl !== undefined)
    return { serveUrl, ...(ingestUrl === undefined ? {} : { ingestUrl }) };
  const dev = await runningDev();
  if (dev !== undefined) {
    return { serveUrl: dev.urls.serve, ingestUrl: ingestUrl ?? dev.urls.ingest };
  }
  throw new VoteError("not-running", "No vote dev is running on this machine.", {
    hint: "Start one with vote dev, or name a running serve with --serve-url.",
  });
}

function requireHttp(url: string): void {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return;
  throw new VoteError("invalid-usage", `"${url}" is not an http address.`, {
    hint: "Write it like http://127.0.0.1:4001.",
  });
}
