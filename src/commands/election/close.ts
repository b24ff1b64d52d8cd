import { Args, Flags } from "@oclif/core";
import { DataCommand } from "../../cli/data-command.js";
import { adminFlags, withElectionAdmin } from "../../cli/election-admin.js";
import { closingText } from "../../cli/text/election-text.js";
import type { EngineFlags } from "../../runtime/config/engine-choice.js";
import type { Election } from "../../runtime/core/election.js";

export default class ElectionClose extends DataCommand {
  static override summary = "Close an election: no ballot after this is counted.";
  static override description =
    "The end is announced a second ahead. Ballots that came in before it have two more seconds " +
    "to become durable; on a cluster, clocks that differ take two more. Until then a " +
    "later closing time wins. Safe to repeat. The tally seals each partition; `vote certify` " +
    "and `vote recount` wait for all of them.";
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
    const next = await this.command(`recount --election ${election.id}`);
    const certifies = election.status === "closed" && (await isCertifiedByDev(flags));
    this.log(
      `\n${certifies ? "vote dev recounts it, and makes it official. By hand" : "Next"}: ${next}`,
    );
    return election;
  }
}

/** Whether the election is in a `vote dev` that makes results official by itself. */
async function isCertifiedByDev(
  flags: EngineFlags & { readonly "admin-url"?: string },
): Promise<boolean> {
  if (flags["admin-url"] !== undefined || flags.config !== undefined) return false;
  const { runningDev } = await import("../../runtime/config/dev-state.js");
  const dev = await runningDev(flags);
  const isMeant = (flags.engine ?? dev?.engine) === dev?.engine;
  return isMeant && dev?.urls.certify !== undefined;
}
