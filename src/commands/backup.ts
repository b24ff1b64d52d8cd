import { Flags } from "@oclif/core";
import { DataCommand } from "../cli/data-command.js";
import { directoryFlag } from "../cli/flags/audit-flags.js";
import { quoted } from "../cli/hints/shell.js";
import type { BackupManifest } from "../runtime/contracts/audit/backup-manifest.js";
import { VoteError } from "../runtime/core/errors.js";
import { countedText, formatBytes } from "../runtime/text/numbers.js";

export default class Backup extends DataCommand {
  static override summary = "Copy an embedded data directory, while it is in use.";
  static override description =
    "Every ballot that was acknowledged before is in it. Log, ledger and registry are copied; " +
    "the view comes back from the ledger. Secret keys stay behind, unless --with-keys asks for " +
    "them. Kafka, DynamoDB and Redis have ways of their own: docs/how-to/backup.md.";
  static override examples = ["<%= config.bin %> backup --to backup-1"];
  static override flags = {
    ...directoryFlag,
    "with-keys": Flags.boolean({
      description: "Copy the keys, too, as they are: whoever has them can tell who voted how",
      default: false,
    }),
  };

  async run(): Promise<BackupManifest> {
    const { flags } = await this.parse(Backup);
    const { to: directory } = flags;
    const { chooseEngine } = await import("../runtime/config/engine-choice.js");
    const { engine, dataDir } = await chooseEngine(flags);
    if (engine === "cluster") {
      throw new VoteError("invalid-usage", "This copies the embedded engine's data alone.", {
        hint: "docs/how-to/backup.md says how Kafka, DynamoDB and Redis are copied.",
      });
    }
    const { backUp } = await import("../runtime/system/backup/back-up.js");
    const withKeys = flags["with-keys"];
    const onCopied = (part: string) => this.log(`· ${part}`);
    const manifest = await backUp({ dataDir, directory, withKeys, onCopied, now: Date.now() });
    const size = formatBytes(manifest.files.reduce((sum, { bytes }) => sum + bytes, 0));
    const count = countedText(manifest.elections.length, "election");
    this.log(`✓ ${dataDir} is copied to ${directory}: ${count}, ${size}.`);
    if (manifest.secretKeys) {
      this.logToStderr(
        `${directory} holds SECRET KEYS, not encrypted: whoever reads it can tell who voted how.`,
      );
    } else if (withKeys) {
      this.logToStderr(`${dataDir} has no keys, so ${directory} holds none either.`);
    } else {
      this.log("It holds no secret keys: see docs/how-to/backup.md.");
    }
    const restore = `restore --from ${quoted(directory)} --to NEW-DIRECTORY`;
    this.log(`\nTo restore it: ${await this.command(restore)}`);
    return manifest;
  }
}
