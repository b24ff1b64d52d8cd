import { Args, Flags } from "@oclif/core";
import { DataCommand } from "../../cli/data-command.js";
import { adminFlags, withElectionAdmin } from "../../cli/election-admin.js";
import type { Election } from "../../runtime/core/election.js";

export default class ElectionProofOfWork extends DataCommand {
  static override summary = "Ask for a proof of work with each ballot that a voter sends.";
  static override description =
    "Off by default, and switched while the election is open, when bots come. From a quarter of " +
    "a second later on, every ingest refuses a voter's ballot without a proof, and says what to " +
    "solve; the voting page does that by itself, in about a second. Gateways are not asked. " +
    "Safe to repeat.";
  static override examples = [
    "<%= config.bin %> election proof-of-work mascot --on",
    "<%= config.bin %> election proof-of-work mascot --off",
  ];
  static override args = { id: Args.string({ description: "Election id", required: true }) };
  static override flags = {
    on: Flags.boolean({ description: "Ask for it", exactlyOne: ["on", "off"] }),
    off: Flags.boolean({ description: "Ask no longer" }),
    ...adminFlags,
  };

  async run(): Promise<Election> {
    const { args, flags } = await this.parse(ElectionProofOfWork);
    const election = await withElectionAdmin(flags, (admin, by) =>
      admin.askForProof(args.id, flags.on, by),
    );
    const what = flags.on ? "asks for" : "does not ask for";
    this.log(`Election ${election.id} ${what} a proof of work with each ballot.`);
    return election;
  }
}
