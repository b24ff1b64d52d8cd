import { Args } from "@oclif/core";
import { electionText } from "../../cli/election-text.js";
import { VoteCommand } from "../../cli/vote-command.js";
import { withExistingEngine } from "../../cli/with-engine.js";
import type { Election } from "../../runtime/core/election.js";

export default class ElectionShow extends VoteCommand {
  static override summary = "Show one election: status, candidates, partitions.";
  static override examples = ["<%= config.bin %> election show mascot"];
  static override args = { id: Args.string({ description: "Election id", required: true }) };

  async run(): Promise<Election> {
    const { args, flags } = await this.parse(ElectionShow);
    const { requireElection } = await import("../../runtime/orchestrate/elections.js");
    const election = await withExistingEngine(flags, (engine) => requireElection(engine, args.id));
    this.log(electionText(election));
    return election;
  }
}
