import { DataCommand } from "../../cli/data-command.js";
import { directoryFlag, electionFlag } from "../../cli/flags/audit-flags.js";
import { quoted } from "../../cli/hints/shell.js";
import { decisionDiffText } from "../../cli/text/audit/decision-diff-text.js";
import { withEvidence } from "../../cli/with-engine.js";
import type { DecisionDiff } from "../../runtime/contracts/audit/decision-diff.js";
import { VoteError } from "../../runtime/core/errors.js";
import { countedText } from "../../runtime/text/numbers.js";

export default class AuditReplay extends DataCommand {
  static override summary = "Decide an election's log again, and compare with its ledger.";
  static override description =
    "Folds the log into a fresh ledger, with the tally's own code, and compares decision by " +
    "decision. Only reads the election's stores. The directory is a data directory then, with " +
    "the new chains and the election's record, without log, keys and certificate. Of an " +
    "election that is open, goes as far as its ledger does. Any difference or damage: exit 3.";
  static override examples = ["<%= config.bin %> audit replay --election mascot --to again"];
  static override flags = { ...electionFlag, ...directoryFlag };

  async run(): Promise<DecisionDiff> {
    const { flags } = await this.parse(AuditReplay);
    const { election, to } = flags;
    const { replayElection, replaySides } = await import(
      "../../runtime/system/replay/replay-election.js"
    );
    const { electionOf } = await import("../../runtime/audit/ended-election.js");
    const { makeEmptyDirectory } = await import("../../runtime/wiring/data-directory.js");
    const { openEngine } = await import("../../runtime/wiring/engine.js");
    const onPartition = (partition: number, decisions: number) =>
      this.log(`· partition ${partition}: ${countedText(decisions, "decision")}`);
    const diff = await withEvidence(flags, async (evidence) => {
      // Before the directory is used up: another attempt would need another one.
      await electionOf(evidence.registry, election);
      await makeEmptyDirectory(to);
      const fresh = await openEngine({ engine: "embedded", dataDir: to });
      return replayElection({ election, evidence, fresh, onPartition }).finally(fresh.close);
    });
    this.log(`\n${decisionDiffText(diff, replaySides)}`);
    const recount = `recount --election ${election} --from ledger --data-dir ${quoted(to)}`;
    this.log(`\nThe fresh ledger is in ${to}; this counts it:`);
    this.log(`  ${await this.command(`${recount} --no-certify`)}`);
    if (!diff.equal) process.exitCode = new VoteError("recount-mismatch", "").exitCode;
    return diff;
  }
}
