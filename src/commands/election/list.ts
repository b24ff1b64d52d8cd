import { DataCommand } from "../../cli/data-command.js";
import { adminFlags, withElectionAdmin } from "../../cli/election-admin.js";
import type { Election } from "../../runtime/core/election.js";

export default class ElectionList extends DataCommand {
  static override summary = "List the elections of a data directory.";
  static override examples = ["<%= config.bin %> election list --json"];
  static override flags = adminFlags;

  async run(): Promise<{ elections: Election[] }> {
    const { flags } = await this.parse(ElectionList);
    const elections = await withElectionAdmin(flags, (admin) => admin.list());
    if (elections.length === 0) {
      this.log(`No elections yet. Next: ${await this.command("election create --help")}`);
    }
    const width = Math.max(0, ...elections.map(({ id }) => id.length)) + 2;
    for (const { id, status, title } of elections) {
      this.log(`${id.padEnd(width)}${status.padEnd(11)}${title}`);
    }
    return { elections };
  }
}
