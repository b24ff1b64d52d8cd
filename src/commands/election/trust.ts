import { Args, Flags } from "@oclif/core";
import { DataCommand } from "../../cli/data-command.js";
import { adminFlags, withElectionAdmin } from "../../cli/election-admin.js";
import type { Election } from "../../runtime/core/election.js";
import { keyIdOf } from "../../runtime/core/key-id.js";
import { keyUses } from "../../runtime/core/signers.js";

export default class ElectionTrust extends DataCommand {
  static override summary = "Make an election trust the key of another host.";
  static override description =
    "An election trusts the host that created it. Frames and close markers that are signed with " +
    "any other key are refused. `vote key show` prints a host's keys. Safe to repeat.";
  static override examples = [
    "<%= config.bin %> election trust mascot --use frames " +
      "--key MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqo",
  ];
  static override args = { id: Args.string({ description: "Election id", required: true }) };
  static override flags = {
    key: Flags.string({
      helpValue: "<key>",
      description: "Public key, as `vote key show` prints it",
      required: true,
    }),
    use: Flags.option({
      options: keyUses,
      description: "frames: ballots of an ingest; admin: close markers and changes",
      required: true,
    })(),
    ...adminFlags,
  };

  async run(): Promise<Election> {
    const { args, flags } = await this.parse(ElectionTrust);
    const { key: publicKey, use } = flags;
    const election = await withElectionAdmin(flags, (admin, by) =>
      admin.trust(args.id, { publicKey, use }, by),
    );
    this.log(`Election ${election.id} trusts the ${use} key ${keyIdOf(publicKey)}.`);
    return election;
  }
}
