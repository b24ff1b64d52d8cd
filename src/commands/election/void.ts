import { Args, Flags } from "@oclif/core";
import { DataCommand } from "../../cli/data-command.js";
import { adminFlags, withElectionAdmin } from "../../cli/election-admin.js";
import { wholeFlag } from "../../cli/flags/numbers.js";
import type { Election } from "../../runtime/core/election.js";

export default class ElectionVoid extends DataCommand {
  static override summary = "Pass over one damaged record of the log, for good.";
  static override description =
    "A tally halts at a record that it cannot read: it may hold acknowledged ballots. If no copy " +
    "of the log has it whole, this lets the tally go on. The record's place, its hash and the " +
    "reason are signed with the admin key and kept in the election's trail; the recount lists " +
    "it. A record that is good cannot be voided.";
  static override examples = [
    "<%= config.bin %> election void mascot --partition 3 --position 17 " +
      '--reason "Sector lost on 2027-01-31, no replica had it"',
  ];
  static override args = { id: Args.string({ description: "Election id", required: true }) };
  static override flags = {
    partition: wholeFlag({ description: "The record's partition", min: 0, required: true }),
    position: wholeFlag({ description: "Its position in the log", min: 0, required: true }),
    reason: Flags.string({
      helpValue: "<text>",
      description: "Why, for those who audit the election",
      required: true,
    }),
    ...adminFlags,
  };

  async run(): Promise<Election> {
    const { args, flags } = await this.parse(ElectionVoid);
    const { partition, position, reason } = flags;
    const election = await withElectionAdmin(flags, (admin, by) =>
      admin.voidRecord(args.id, { partition, position, reason }, by),
    );
    const entry = election.voided.findLast(
      (one) => one.partition === partition && one.position === position,
    );
    this.log(`Void: partition ${partition}, position ${position}, record ${entry?.hash ?? ""}.`);
    return election;
  }
}
