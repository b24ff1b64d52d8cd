import { Args, Flags } from "@oclif/core";
import { DataCommand } from "../../cli/data-command.js";
import { adminFlags, withElectionAdmin } from "../../cli/election-admin.js";
import { parseMomentChange } from "../../cli/flags/times.js";
import { electionText } from "../../cli/text/election-text.js";
import type { Election } from "../../runtime/core/election.js";
import { VoteError } from "../../runtime/core/errors.js";

export default class ElectionSchedule extends DataCommand {
  static override summary = "Change when an election opens and closes by itself.";
  static override description =
    "Changes only the times that are given; none removes one, and leaves it to people, who open " +
    "and close by hand. Every running tally and admin watches the schedule; exactly one acts.";
  static override examples = [
    "<%= config.bin %> election schedule mascot --opens-at 2027-01-31T20:00:00Z " +
      "--closes-at 2027-01-31T20:10:00Z",
    "<%= config.bin %> election schedule mascot --closes-at none",
  ];
  static override args = { id: Args.string({ description: "Election id", required: true }) };
  static override flags = {
    "opens-at": Flags.string({
      description: "When it opens: 2027-01-31T20:00:00Z, or none",
      helpValue: "<time>",
    }),
    "closes-at": Flags.string({ description: "When it closes, or none", helpValue: "<time>" }),
    ...adminFlags,
  };

  async run(): Promise<Election> {
    const { args, flags } = await this.parse(ElectionSchedule);
    const schedule = {
      ...parseMomentChange("opensAt", flags["opens-at"]),
      ...parseMomentChange("closesAt", flags["closes-at"]),
    };
    if (Object.keys(schedule).length === 0) {
      throw new VoteError("invalid-usage", "There is nothing to change.", {
        hint: "Give --opens-at, --closes-at or both: a time, or none to remove it.",
      });
    }
    const election = await withElectionAdmin(flags, (admin, by) =>
      admin.schedule(args.id, schedule, by),
    );
    this.log(electionText(election, Date.now()));
    return election;
  }
}
