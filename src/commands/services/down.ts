import { parseServers, serversFlag, servicesDirFlag } from "../../cli/flags/services-flags.js";
import { VoteCommand } from "../../cli/vote-command.js";
import type { StoppedServices } from "../../runtime/local-cluster/existing-services.js";

export default class ServicesDown extends VoteCommand {
  static override summary = "Stop the servers that vote services up started.";
  static override description =
    "Stops exactly those processes, once it has checked that they are still the same. Data and " +
    "logs stay in the directory.";
  static override examples = ["<%= config.bin %> services down --servers redis"];
  static override flags = { dir: servicesDirFlag, servers: serversFlag };

  async run(): Promise<StoppedServices> {
    const { flags } = await this.parse(ServicesDown);
    const { stopServices } = await import("../../runtime/local-cluster/existing-services.js");
    const outcome = await stopServices(flags.dir, parseServers(flags.servers));
    const names = outcome.stopped.length === 0 ? "nothing was running" : outcome.stopped.join(", ");
    this.log(`Stopped in ${outcome.dir}: ${names}. Data and logs stay there.`);
    return outcome;
  }
}
