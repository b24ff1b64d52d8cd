import { DataCommand } from "../../cli/data-command.js";
import { directoryFlag, electionFlag } from "../../cli/flags/audit-flags.js";
import { withEvidence } from "../../cli/with-engine.js";
import type { ExportManifest } from "../../runtime/contracts/audit/export-manifest.js";
import { formatCount } from "../../runtime/text/numbers.js";

export default class AuditExport extends DataCommand {
  static override summary = "Write an election's evidence as plain files, for an auditor.";
  static override description =
    "Frames and segments byte for byte, the election's record, its trail and its certificate, " +
    "and a manifest. Needs no right to write to the stores. An interrupted export goes on where " +
    "it was. `vote recount --from-export DIR` recounts it anywhere, without the stores.";
  static override examples = [
    "<%= config.bin %> audit export --election mascot --to mascot-export",
  ];
  static override flags = { ...electionFlag, ...directoryFlag };

  async run(): Promise<ExportManifest> {
    const { flags } = await this.parse(AuditExport);
    const { election, to: directory } = flags;
    const { exportElection } = await import("../../runtime/audit/export-election.js");
    const manifest = await withEvidence(flags, ({ ledger, log, registry }) =>
      exportElection({
        ...{ election, ledger, log, registry, directory, now: Date.now() },
        onFile: ({ name, records }) => this.log(`· ${name}: ${formatCount(records)} records`),
      }),
    );
    this.log(`\nElection ${election} is exported to ${directory}.`);
    return manifest;
  }
}
