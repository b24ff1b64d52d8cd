import { resolve } from "node:path";
import { servicesDirFlag } from "../../cli/flags/services-flags.js";
import { quoted } from "../../cli/hints/shell.js";
import { VoteCommand } from "../../cli/vote-command.js";
import { errorCatalogue } from "../../runtime/core/errors.js";
import type { ServicesStatus } from "../../runtime/local-cluster/existing-services.js";

export default class ServicesStatusCommand extends VoteCommand {
  static override summary = "Check that each server answers.";
  static override description =
    "Sends a metadata request to every Kafka broker, ListTables to DynamoDB Local and PING to " +
    "Redis. Exits with 69 unless all answer.";
  static override examples = ["<%= config.bin %> services status --json"];
  static override flags = { dir: servicesDirFlag };

  async run(): Promise<ServicesStatus> {
    const { flags } = await this.parse(ServicesStatusCommand);
    const { servicesStatus } = await import("../../runtime/local-cluster/existing-services.js");
    const status = await servicesStatus(flags.dir);
    for (const { name, port, pid, state, reason } of status.servers) {
      const mark = state === "ready" ? "✓" : "✗";
      const why = reason === undefined ? "" : `: ${reason}`;
      this.log(`${mark} ${name.padEnd(10)}port ${port}, process ${pid}, ${state}${why}`);
    }
    if (!status.ready) {
      const dir = quoted(resolve(flags.dir));
      this.log(`\nNext: ${await this.command(`services up --dir ${dir}`)}`);
      process.exitCode = errorCatalogue["not-running"].exitCode;
    }
    return status;
  }
}
