import { Args } from "@oclif/core";
import { DataCommand } from "../../cli/data-command.js";
import { adminFlags, withElectionAdmin } from "../../cli/election-admin.js";
import type { Election } from "../../runtime/core/election.js";

export default class ElectionOpen extends DataCommand {
  static override summary = "Open a draft election, so that ballots are taken from now on.";
  static override examples = ["<%= config.bin %> election open mascot"];
  static override args = { id: Args.string({ description: "Election id", required: true }) };
  static override flags = adminFlags;

  async run(): Promise<Election> {
    const { args, flags } = await this.parse(ElectionOpen);
    const election = await withElectionAdmin(flags, (admin, by) => admin.open(args.id, by));
    this.log(`Election ${election.id} is open.`);
    return election;
  }
}
