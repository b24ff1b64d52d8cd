import { DaemonCommand, listenFlags } from "../cli/daemon-command.js";

export default class Serve extends DaemonCommand {
  static override summary = "Serve live results as JSON and as server-sent events.";
  static override description = "Reads the view only; holds no state of its own.";
  static override examples = ["<%= config.bin %> serve --data-dir ./data --port 4001"];
  static override flags = listenFlags(4001);

  async run(): Promise<void> {
    const { flags } = await this.parse(Serve);
    await this.runRole("serve", flags, async ({ registry, view }, logger) => {
      const { startServe } = await import("../runtime/serve/server.js");
      const { host, port } = flags;
      return startServe({ registry, view, host, port, logger });
    });
  }
}
