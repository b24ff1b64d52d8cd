import { Flags } from "@oclif/core";
import { directoryFlag } from "../cli/flags/audit-flags.js";
import { existingDirectory } from "../cli/flags/input-file.js";
import { quoted } from "../cli/hints/shell.js";
import { VoteCommand } from "../cli/vote-command.js";
import type { BackupManifest } from "../runtime/contracts/audit/backup-manifest.js";
import { countedText } from "../runtime/text/numbers.js";

export default class Restore extends VoteCommand {
  static override summary = "Make a data directory of what `vote backup` has copied.";
  static override description =
    "Writes into a new directory only, and compares each file with the backup's list before and " +
    "after. A backup that is damaged: exit 3.";
  static override examples = ["<%= config.bin %> restore --from backup-1 --to restored"];
  static override flags = {
    from: Flags.directory({
      helpValue: "<dir>",
      description: "What `vote backup` has written",
      required: true,
      parse: existingDirectory,
    }),
    ...directoryFlag,
  };

  async run(): Promise<BackupManifest> {
    const { from, to } = (await this.parse(Restore)).flags;
    const { restore } = await import("../runtime/system/backup/restore.js");
    const manifest = await restore(from, to, (name) => this.log(`· ${name}`));
    const { elections, secretKeys, madeAt } = manifest;
    const count = countedText(elections.length, "election");
    const when = new Date(madeAt).toISOString();
    this.log(`✓ ${from}, a copy of ${when}, is restored in ${to}: ${count}.`);
    if (!secretKeys) {
      this.log(
        "It came without keys. To take ballots again, put the old host's keys into " +
          `${to}/keys,\nor import them: docs/how-to/backup.md.`,
      );
    }
    for (const { id, status } of elections) {
      if (status === "draft") continue;
      this.log(
        await this.command(`recount --election ${id} --no-certify --data-dir ${quoted(to)}`),
      );
    }
    return manifest;
  }
}
