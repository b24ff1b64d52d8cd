import { Args, Flags } from "@oclif/core";
import { DataCommand } from "../../cli/data-command.js";
import { adminFlags, withElectionAdmin } from "../../cli/election-admin.js";
import { parseMoment } from "../../cli/flags/times.js";
import { electionText } from "../../cli/text/election-text.js";
import type { Election } from "../../runtime/core/election.js";

export default class ElectionSchedule extends DataCommand {
  static override summary = "Change when an election opens and closes by itself.";
  static override description =
    "Every running tally and admin watches the schedule; exactly one acts. A time that is not " +
    "given is left to people: `vote election open` and `vote election close`.";
  static override examples = [
    "<%= config.bin %> election schedule mascot --opens-at 2027-01-31T20:00:00Z " +
      "--closes-at 2027-01-31T20:10:00Z",
  ];
  static override args = { id: Args.string({ description: "Election id", required: true }) };
  static override flags = {
    "opens-at": Flags.string({ description: "When it opens: 2027-01-31T20:00:00Z" }),
    "closes-at": Flags.string({ description: "When it closes" }),
    ...adminFlags,
  };

  async run(): Promise<Election> {
    const { args, flags } = await this.parse(ElectionSchedule);
    const schedule = {
      ...parseMoment("opensAt", flags["opens-at"]),
      ...parseMoment("closesAt", flags["closes-at"]),
    };
    const election = await withElectionAdmin(flags, (admin, by) =>
      admin.schedule(args.id, schedule, by),
    );
    this.log(electionText(election, Date.now()));
    return election;
  }
}
