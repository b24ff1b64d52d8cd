import { Args, Flags } from "@oclif/core";
import { DataCommand } from "../../cli/data-command.js";
import { parseDurationMs } from "../../cli/flags/times.js";
import { withExistingEngine } from "../../cli/with-engine.js";
import type { TranscriptReport } from "../../runtime/contracts/load/transcript.js";
import { VoteError } from "../../runtime/core/errors.js";

export default class LoadVerify extends DataCommand {
  static override summary = "Check what k6, autocannon or another tool has sent, vote by vote.";
  static override description =
    "Reads what the tool says it sent and was answered, as the scripts in scenarios/k6 write it, " +
    "and compares it with the ledger, the view and a recount. Exits with 3 if anything is lost, " +
    "double, invented or altered.";
  static override examples = [
    "<%= config.bin %> load verify votes.log --election sample",
    "<%= config.bin %> load verify votes.log spike.log --election sample --json",
  ];
  static override strict = false;
  static override args = {
    file: Args.file({
      description: "What a tool has written; several are read as one",
      required: true,
    }),
  };
  static override flags = {
    election: Flags.string({
      helpValue: "<id>",
      description: "Election id (default: the only one that is open)",
    }),
    wait: Flags.string({
      helpValue: "<30s>",
      description: "How long to wait for a tally that is behind the log",
      default: "30s",
    }),
    "allow-others": Flags.boolean({
      description: "Allow ballots that no file names, and count them apart",
    }),
    findings: Flags.file({
      helpValue: "<file>",
      description: "File for every finding, one a line, written only if there are any",
    }),
  };

  async run(): Promise<TranscriptReport> {
    const { argv, flags } = await this.parse(LoadVerify);
    const waitMs = parseDurationMs(flags.wait);
    const { readTranscripts, verifyTranscript } = await import(
      "../../runtime/system/load/verify-transcript.js"
    );
    const { LoadFindings } = await import("../../runtime/load/reconcile/findings.js");
    const { FindingsFile } = await import("../../runtime/load/reconcile/findings-file.js");
    const { transcriptText } = await import("../../runtime/load/transcript/transcript-text.js");
    const { onlyOpenElection } = await import("../../runtime/elections/elections.js");
    const transcript = await readTranscripts(argv.map(String));
    const file = flags.findings === undefined ? undefined : new FindingsFile(flags.findings);
    const report = await withExistingEngine(flags, async (engine) =>
      verifyTranscript({
        engine,
        election: flags.election ?? (await onlyOpenElection(engine)).id,
        transcript,
        allowForeign: flags["allow-others"],
        waitMs,
        findings: new LoadFindings(file),
      }),
    ).finally(() => file?.close());
    if (file?.failure) this.warn(`The findings' file is not whole: ${file.failure.message}`);
    this.log(transcriptText(report));
    if (!report.reconciled) process.exitCode = new VoteError("recount-mismatch", "").exitCode;
    return report;
  }
}
