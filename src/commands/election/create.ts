import { Args, Flags } from "@oclif/core";
import { DataCommand } from "../../cli/data-command.js";
import { adminFlags, withElectionAdmin } from "../../cli/election-admin.js";
import { parseCandidates } from "../../cli/flags/candidates.js";
import { wholeFlag } from "../../cli/flags/numbers.js";
import { parseMoment } from "../../cli/flags/times.js";
import { electionText } from "../../cli/text/election-text.js";
import type { Election } from "../../runtime/core/election.js";

export default class ElectionCreate extends DataCommand {
  static override summary = "Create an election as a draft.";
  static override examples = [
    '<%= config.bin %> election create mascot --title Mascot --candidate "Tawny owl" ' +
      "--candidate Fox",
  ];
  static override args = {
    id: Args.string({ description: "1 to 32 of a-z, 0-9 and -", required: true }),
  };
  static override flags = {
    title: Flags.string({
      helpValue: "<text>",
      description: "The question that voters see",
      required: true,
    }),
    candidate: Flags.string({
      helpValue: "<name>",
      description: "A candidate's name, or ID=NAME; repeat it for each, in the ballot's order",
      required: true,
      multiple: true,
      multipleNonGreedy: true,
    }),
    partitions: wholeFlag({
      description:
        "Number of partitions of the log, which cannot be changed later " +
        "(default: 8, in a cluster 32)",
    }),
    "opens-at": Flags.string({
      helpValue: "<time>",
      description:
        "When it opens by itself: 2027-01-31T20:00:00Z (default: when somebody opens it)",
    }),
    "closes-at": Flags.string({
      helpValue: "<time>",
      description: "When it closes by itself (default: when somebody closes it)",
    }),
    tokens: Flags.option({
      options: ["this-election", "any-election"] as const,
      helpValue: "<which>",
      description: "Whether tokens that name no election do, too: any-election",
      default: "this-election" as const,
    })(),
    ...adminFlags,
  };

  async run(): Promise<Election> {
    const { args, flags } = await this.parse(ElectionCreate);
    const candidates = parseCandidates(flags.candidate);
    const { title } = flags;
    const partitions = flags.partitions === undefined ? {} : { partitions: flags.partitions };
    const schedule = {
      ...parseMoment("opensAt", flags["opens-at"]),
      ...parseMoment("closesAt", flags["closes-at"]),
    };
    const tokens = flags.tokens === "any-election" ? { tokens: flags.tokens } : {};
    const request = { id: args.id, title, candidates, ...partitions, ...tokens, ...schedule };
    const election = await withElectionAdmin(flags, (admin, by) => admin.create(request, by), true);
    this.log(electionText(election, Date.now()));
    this.log(`\nNext: ${await this.command(`election open ${election.id}`)}`);
    return election;
  }
}
