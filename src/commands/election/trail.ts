import { Args } from "@oclif/core";
import { DataCommand } from "../../cli/data-command.js";
import { adminFlags, withElectionAdmin } from "../../cli/election-admin.js";
import { trailText } from "../../cli/text/trail-text.js";
import type { Trail } from "../../runtime/contracts/http/election.js";
import { errorCatalogue } from "../../runtime/core/errors.js";

export default class ElectionTrail extends DataCommand {
  static override summary = "Show who changed an election, when, and what.";
  static override description =
    "The trail is append-only: each change holds the hash of the one before it, and the " +
    "election's record is what the last one left. Exits with 3 if a change is missing or was " +
    "altered. Write the head down: whoever has it notices a trail that was written anew.";
  static override examples = ["<%= config.bin %> election trail mascot"];
  static override args = { id: Args.string({ description: "Election id", required: true }) };
  static override flags = adminFlags;

  async run(): Promise<Trail> {
    const { args, flags } = await this.parse(ElectionTrail);
    const trail = await withElectionAdmin(flags, (admin) => admin.trail(args.id));
    this.log(trailText(trail));
    if (!trail.whole) process.exitCode = errorCatalogue["corrupt-registry"].exitCode;
    return trail;
  }
}
