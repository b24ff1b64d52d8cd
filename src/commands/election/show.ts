import { Args } from "@oclif/core";
import { DataCommand } from "../../cli/data-command.js";
import { adminFlags, withElectionAdmin } from "../../cli/election-admin.js";
import { electionText } from "../../cli/text/election-text.js";
import type { Election } from "../../runtime/core/election.js";

export default class ElectionShow extends DataCommand {
  static override summary = "Show one election: status, candidates, partitions.";
  static override examples = ["<%= config.bin %> election show mascot"];
  static override args = { id: Args.string({ description: "Election id", required: true }) };
  static override flags = adminFlags;

  async run(): Promise<Election> {
    const { args, flags } = await this.parse(ElectionShow);
    const election = await withElectionAdmin(flags, (admin) => admin.show(args.id));
    this.log(electionText(election, Date.now()));
    return election;
  }
}
