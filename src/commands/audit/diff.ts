import { Args } from "@oclif/core";
import { decisionDiffText } from "../../cli/text/audit/decision-diff-text.js";
import { VoteCommand } from "../../cli/vote-command.js";
import type { DecisionDiff } from "../../runtime/contracts/audit/decision-diff.js";
import { VoteError } from "../../runtime/core/errors.js";

export default class AuditDiff extends VoteCommand {
  static override summary = "Compare two exports of an election, decision by decision.";
  static override description =
    "Reads the directories that `vote audit export` has written, and needs no store. Segments " +
    "may be cut differently: each ballot's decision is compared, each record that is passed " +
    "over, the seals and the totals. Any difference or damage: exit 3.";
  static override examples = ["<%= config.bin %> audit diff mascot-export their-export"];
  static override args = {
    a: Args.directory({ required: true, description: "One export" }),
    b: Args.directory({ required: true, description: "The other export" }),
  };

  async run(): Promise<DecisionDiff> {
    const { a, b } = (await this.parse(AuditDiff)).args;
    const { diffExports } = await import("../../runtime/audit/diff/diff-exports.js");
    const diff = await diffExports(a, b);
    this.log(decisionDiffText(diff, { a, b }));
    if (!diff.equal) process.exitCode = new VoteError("recount-mismatch", "").exitCode;
    return diff;
  }
}
