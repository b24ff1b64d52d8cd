import { Args } from "@oclif/core";
import { DataCommand } from "../../cli/data-command.js";
import { adminFlags, withElectionAdmin } from "../../cli/election-admin.js";
import type { Trail } from "../../runtime/contracts/http/election.js";
import { errorCatalogue } from "../../runtime/core/errors.js";

export default class ElectionTrail extends DataCommand {
  static override summary = "Show who changed an election, and when.";
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
    for (const { election, by, at } of trail.changes) {
      const { revision, status } = election;
      const when = new Date(at).toISOString();
      this.log(`${String(revision).padStart(3)}  ${when}  ${status.padEnd(11)}${by}`);
    }
    this.log(`\n${verdictOf(trail)}`);
    if (!trail.whole) process.exitCode = errorCatalogue["corrupt-registry"].exitCode;
    return trail;
  }
}

function verdictOf({ election, whole, fault, head }: Trail): string {
  if (whole) return `The trail is whole. Its head is ${head}.`;
  const where = fault && `: election ${election}, change ${fault.change}: ${fault.what}`;
  return `The trail is NOT whole${where ?? ""}.`;
}
