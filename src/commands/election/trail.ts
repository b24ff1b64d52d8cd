import { Args } from "@oclif/core";
import { adminFlags, withElectionAdmin } from "../../cli/election-admin.js";
import { VoteCommand } from "../../cli/vote-command.js";
import type { Trail } from "../../runtime/contracts/http/election.js";
import { errorCatalogue } from "../../runtime/core/errors.js";

export default class ElectionTrail extends VoteCommand {
  static override summary = "Show who changed an election, and when.";
  static override description =
    "The trail is append-only; each change holds the hash of the one before it. Exits with 3 if " +
    "one is missing or was altered.";
  static override examples = ["<%= config.bin %> election trail mascot"];
  static override args = { id: Args.string({ description: "Election id", required: true }) };
  static override flags = adminFlags;

  async run(): Promise<Trail> {
    const { args, flags } = await this.parse(ElectionTrail);
    const { trailOf } = await import("../../runtime/admin/trail.js");
    const changes = await withElectionAdmin(flags, (admin) => admin.trail(args.id));
    const trail = trailOf(args.id, changes);
    for (const { election, by, at } of changes) {
      const { revision, status } = election;
      const when = new Date(at).toISOString();
      this.log(`${String(revision).padStart(3)}  ${when}  ${status.padEnd(11)}${by}`);
    }
    this.log(trail.whole ? "\nThe trail is whole." : "\nThe trail is NOT whole.");
    if (!trail.whole) process.exitCode = errorCatalogue["recount-mismatch"].exitCode;
    return trail;
  }
}
