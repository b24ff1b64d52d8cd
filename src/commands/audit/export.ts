import { Flags } from "@oclif/core";
import { DataCommand } from "../../cli/data-command.js";
import { directoryFlag, electionFlag } from "../../cli/flags/audit-flags.js";
import { withEvidence } from "../../cli/with-engine.js";
import type { DecisionTable } from "../../runtime/contracts/audit/decision-table.js";
import type { ExportManifest } from "../../runtime/contracts/audit/export-manifest.js";
import { countedText, formatCount } from "../../runtime/text/numbers.js";
import type { Evidence } from "../../runtime/wiring/evidence.js";

interface Wanted {
  readonly election: string;
  readonly directory: string;
}

export default class AuditExport extends DataCommand {
  static override summary = "Write an election's evidence as plain files, for an auditor.";
  static override description =
    "Frames and segments byte for byte, the election's record, its trail and its certificate, " +
    "and a manifest. Needs no right to write to the stores. An interrupted export goes on where " +
    "it was. `vote recount --from-export DIR` recounts it anywhere, without the stores. With " +
    "--format csv it writes decisions.csv instead, one line a decision, for spreadsheets and " +
    "databases: it has the same counts, and proves nothing.";
  static override examples = [
    "<%= config.bin %> audit export --election mascot --to mascot-export",
    "<%= config.bin %> audit export --election mascot --to mascot-table --format csv",
  ];
  static override flags = {
    ...electionFlag,
    ...directoryFlag,
    format: Flags.option({
      options: ["evidence", "csv"] as const,
      description: "evidence can be recounted; csv is a table of the decisions",
      default: "evidence",
    })(),
  };

  async run(): Promise<ExportManifest | DecisionTable> {
    const { flags } = await this.parse(AuditExport);
    const { election, to: directory, format } = flags;
    const wanted = { election, directory };
    return withEvidence<ExportManifest | DecisionTable>(flags, (evidence) =>
      format === "csv" ? this.#table(wanted, evidence) : this.#evidence(wanted, evidence),
    );
  }

  async #evidence(wanted: Wanted, { ledger, log, registry }: Evidence): Promise<ExportManifest> {
    const { exportElection } = await import("../../runtime/audit/export-election.js");
    const manifest = await exportElection({
      ...{ ...wanted, ledger, log, registry, now: Date.now() },
      onFile: ({ name, records }) => this.log(`· ${name}: ${formatCount(records)} records`),
    });
    this.log(`\nElection ${wanted.election} is exported to ${wanted.directory}.`);
    return manifest;
  }

  async #table(wanted: Wanted, { ledger, registry }: Evidence): Promise<DecisionTable> {
    const { exportCsv } = await import("../../runtime/audit/table/export-csv.js");
    const table = await exportCsv({
      ...{ ...wanted, ledger, registry },
      onPartition: (partition, rows) =>
        this.log(`· partition ${partition}: ${countedText(rows, "decision")}`),
    });
    const { rows, unkept } = table;
    this.log(`\n${countedText(rows, "decision")} of election ${wanted.election} are in a table.`);
    if (unkept > 0) this.log(`  ${countedText(unkept, "rejection")} more are only counted.`);
    return table;
  }
}
