import { Flags } from "@oclif/core";
import { DataCommand } from "../cli/data-command.js";
import { fetchFor } from "../cli/flags/ca-flag.js";
import { calledAs } from "../cli/hints/called-as.js";
import { commandText } from "../cli/hints/spoken.js";
import { monitorSources, sourceFlags } from "../cli/monitor-sources.js";
import { untilStopped } from "../cli/signals.js";
import { errorCatalogue } from "../runtime/core/errors.js";
import type { Fetch } from "../runtime/http/trust.js";
import type { MonitorRecord } from "../runtime/monitor/plain/plain.js";
import type { ElectionControl } from "../runtime/monitor/screen/monitor-app.js";
import type { Snapshot } from "../runtime/monitor/state/snapshot.js";

const lineEveryMs = 1_000;

export default class Monitor extends DataCommand {
  static override jsonLines = true;
  static override summary = "Watch an election and the roles that carry it.";
  static override description =
    "Fills the screen on a terminal (press ? for keys); prints one line a second otherwise, or " +
    "one object a line with --json. Roles that do not answer are shown as unreachable.";
  static override examples = [
    "<%= config.bin %> monitor",
    "<%= config.bin %> monitor --election sample --once",
    "<%= config.bin %> monitor --serve-url http://127.0.0.1:4001 --json",
  ];
  static override flags = {
    election: Flags.string({
      helpValue: "<id>",
      description: "Election to watch (default: the open one)",
    }),
    ...sourceFlags,
    once: Flags.boolean({ description: "Print one snapshot and exit" }),
  };

  async run(): Promise<MonitorRecord | undefined> {
    const { flags } = await this.parse(Monitor);
    const { urls, adminToken } = await monitorSources(flags);
    const { snapshotReader } = await import("../runtime/monitor/read/read-snapshot.js");
    const fetch = await fetchFor(flags);
    const read = snapshotReader({ ...urls, election: flags.election, fetch });
    if (flags.once) {
      const { lookOnce } = await import("../runtime/monitor/plain/watch.js");
      const { record, line } = await lookOnce(read, flags.election);
      this.log(line);
      return record;
    }
    if (this.jsonEnabled() || !isScreen()) return this.printLines(read);
    const { showMonitor } = await import("../runtime/monitor/screen/screen.js");
    const leaving = await showMonitor({
      read,
      control: await controlOf(fetch, urls.adminUrl, adminToken),
      recountCommand: commandText("recount", { called: calledAs(), place: await this.place() }),
    });
    this.exit(leaving === "quit" ? 0 : errorCatalogue.interrupted.exitCode);
  }

  private async printLines(read: () => Promise<Snapshot>): Promise<never> {
    const { watch } = await import("../runtime/monitor/plain/watch.js");
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

/** Ink draws nothing until the end in CI, and a dumb terminal cannot move its cursor. */
function isScreen(): boolean {
  const { CI, TERM } = process.env;
  const inCi = CI !== undefined && CI !== "0" && CI !== "false";
  return process.stdout.isTTY === true && !inCi && TERM !== "dumb";
}

async function controlOf(
  fetch: Fetch,
  url?: string,
  token?: string,
): Promise<ElectionControl | undefined> {
  if (url === undefined || token === undefined) return undefined;
  const { remoteAdmin } = await import("../runtime/admin/remote-admin.js");
  const admin = remoteAdmin({ url, token, fetch });
  return { open: (id) => admin.open(id, ""), close: (id) => admin.close(id, "") };
}
