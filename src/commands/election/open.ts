import { Args } from "@oclif/core";
import { VoteCommand } from "../../cli/vote-command.js";
import { withExistingEngine } from "../../cli/with-engine.js";
import type { Election } from "../../runtime/core/election.js";

export default class ElectionOpen extends VoteCommand {
  static override summary = "Open a draft election: ballots are taken from now on.";
  static override examples = ["<%= config.bin %> election open mascot"];
  static override args = { id: Args.string({ description: "Election id", required: true }) };

  async run(): Promise<Election> {
    const { args, flags } = await this.parse(ElectionOpen);
    const { openElection } = await import("../../runtime/orchestrate/elections.js");
    const election = await withExistingEngine(flags, (engine) =>
      openElection(engine, args.id, Date.now()),
    );
    this.log(`Election ${election.id} is open.`);
    return election;
  }
}
