import { Args, Flags } from "@oclif/core";
import { DataCommand } from "../../cli/data-command.js";
import { adminFlags, withElectionAdmin } from "../../cli/election-admin.js";
import { closingText } from "../../cli/text/election-text.js";
import type { Election } from "../../runtime/core/election.js";

export default class ElectionClose extends DataCommand {
  static override summary = "Close an election: no ballot after this is counted.";
  static override description =
    "The end is announced a second ahead. Ballots that came in before it have two more seconds " +
    "to become durable; on a cluster, clocks that differ take two more. Until then a " +
    "later closing time wins. Safe to repeat. The tally seals each partition; `vote recount` " +
    "waits for all of them.";
  static override examples = [
    "<%= config.bin %> election close mascot",
    "<%= config.bin %> election close mascot --no-wait",
  ];
  static override args = { id: Args.string({ description: "Election id", required: true }) };
  static override flags = {
    ...adminFlags,
    wait: Flags.boolean({
      description: "Wait until it is closed; otherwise a running tally or admin closes it",
      default: true,
      allowNo: true,
    }),
  };

  async run(): Promise<Election> {
    const { args, flags } = await this.parse(ElectionClose);
    const election = await withElectionAdmin(flags, async (admin, by) => {
      const announced = await admin.close(args.id, by);
      if (announced.status !== "open") return announced;
      this.log(closingText(announced));
      return flags.wait ? admin.untilClosed(announced, by) : announced;
    });
    if (election.status === "open") return election;
    this.log(`Election ${election.id} is ${election.status}.`);
    this.log(`\nNext: ${await this.command(`recount --election ${election.id}`)}`);
    return election;
  }
}
