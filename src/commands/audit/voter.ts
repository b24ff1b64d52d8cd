import { Args, Flags } from "@oclif/core";
import { DataCommand } from "../../cli/data-command.js";
import { electionFlag } from "../../cli/flags/audit-flags.js";
import { contentOf } from "../../cli/flags/input-file.js";
import { voterAuditText } from "../../cli/text/audit/voter-audit-text.js";
import { withEvidence } from "../../cli/with-engine.js";
import type { VoterAudit } from "../../runtime/contracts/audit/voter-audit.js";
import { VoteError } from "../../runtime/core/errors.js";
import { requireVoterId } from "../../runtime/keys/voter-id.js";

export default class AuditVoter extends DataCommand {
  static override summary = "Say whether a voter has voted, by the ledger.";
  static override description =
    "Needs the election's key, and reads the whole partition that the voter's ballots are in. " +
    "Never says what anybody chose. The voter id comes from a file or from standard input, so " +
    "that neither a list of processes nor a shell's history holds it.";
  static override examples = [
    "<%= config.bin %> audit voter - --election mascot < voter-id.txt",
    "<%= config.bin %> audit voter voter-id.txt --election mascot --issuer https://id.example",
  ];
  static override args = {
    file: Args.string({
      required: true,
      description: "File with the voter id alone; - for standard input",
    }),
  };
  static override flags = {
    ...electionFlag,
    issuer: Flags.string({
      helpValue: "<url>",
      description: "The identity provider whose token named the voter, as in its tokens' iss",
    }),
  };

  async run(): Promise<VoterAudit> {
    const { args, flags } = await this.parse(AuditVoter);
    const id = oneLine(await contentOf(args.file));
    const voter = flags.issuer === undefined ? id : `${flags.issuer}\u001f${id}`;
    requireVoterId(voter, notAnId);
    const { auditVoter } = await import("../../runtime/recount/voter/audit-voter.js");
    const audit = await withEvidence(flags, (evidence, keys) =>
      auditVoter(flags.election, voter, { ...evidence, keys }),
    );
    this.log(voterAuditText(audit));
    return audit;
  }
}

/** Everything but a line break at the end is the id's. */
function oneLine(text: string): string {
  const id = text.replace(/\r?\n$/, "");
  if (/[\r\n]/.test(id)) throw notAnId();
  return id;
}

function notAnId(): VoteError {
  return new VoteError("invalid-usage", "The file does not hold one voter id.", {
    hint: "It is one line of at most 256 bytes, the issuer included.",
  });
}
