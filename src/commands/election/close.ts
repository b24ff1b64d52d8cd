import { Args } from "@oclif/core";
import { adminFlags, withElectionAdmin } from "../../cli/election-admin.js";
import { VoteCommand } from "../../cli/vote-command.js";
import type { Election } from "../../runtime/core/election.js";

export default class ElectionClose extends VoteCommand {
  static override summary = "Close an election: no ballot after this is counted.";
  static override description =
    "Safe to repeat. The tally seals each partition; `vote recount` waits for all of them.";
  static override examples = ["<%= config.bin %> election close mascot"];
  static override args = { id: Args.string({ description: "Election id", required: true }) };
  static override flags = adminFlags;

  async run(): Promise<Election> {
    const { args, flags } = await this.parse(ElectionClose);
    const election = await withElectionAdmin(flags, (admin, by) => admin.close(args.id, by));
    this.log(`Election ${election.id} is ${election.status}.`);
    this.log(`\nNext: ${this.config.bin} recount --election ${election.id}`);
    return election;
  }
}
