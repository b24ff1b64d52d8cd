import { Args, Flags } from "@oclif/core";
import { DataCommand } from "../../cli/data-command.js";
import { adminFlags, withElectionAdmin } from "../../cli/election-admin.js";
import type { Election } from "../../runtime/core/election.js";

export default class ElectionGateway extends DataCommand {
  static override summary = "Suspend a gateway, or let it in again.";
  static override description =
    "From a quarter of a second later on, every ingest refuses the batches of a suspended " +
    "gateway for this election. Ballots that were acknowledged before stay and count. " +
    "A gateway's name is the subject of its token, followed by the issuer in brackets unless " +
    "`vote token issue` made it; ingest's /statusz lists those that have sent. Safe to repeat.";
  static override examples = [
    '<%= config.bin %> election gateway mascot --suspend studio --reason "Its token leaked"',
    '<%= config.bin %> election gateway mascot --resume studio --reason "It has a new token"',
  ];
  static override args = { id: Args.string({ description: "Election id", required: true }) };
  static override flags = {
    suspend: Flags.string({
      helpValue: "<name>",
      description: "Refuse this gateway's batches",
      exactlyOne: ["suspend", "resume"],
    }),
    resume: Flags.string({ helpValue: "<name>", description: "Take this gateway's batches again" }),
    reason: Flags.string({
      helpValue: "<text>",
      description: "Why, for those who audit the election",
      required: true,
    }),
    ...adminFlags,
  };

  async run(): Promise<Election> {
    const { args, flags } = await this.parse(ElectionGateway);
    const { suspend, resume = "", reason } = flags;
    const word = { gateway: suspend ?? resume, suspended: suspend !== undefined, reason };
    const election = await withElectionAdmin(flags, (admin, by) =>
      admin.judgeGateway(args.id, word, by),
    );
    const what = word.suspended ? "refuses" : "takes";
    this.log(`Election ${election.id} ${what} the batches of gateway ${word.gateway}.`);
    return election;
  }
}
