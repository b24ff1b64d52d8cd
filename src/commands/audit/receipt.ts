import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { Args, Flags } from "@oclif/core";
import { DataCommand } from "../../cli/data-command.js";
import { receiptAuditText } from "../../cli/text/receipt-audit-text.js";
import { withEvidence } from "../../cli/with-engine.js";
import type { EngineFlags } from "../../runtime/config/engine-choice.js";
import type { ReceiptAudit } from "../../runtime/contracts/audit/receipt-audit.js";
import { VoteError } from "../../runtime/core/errors.js";

interface ReceiptFlags extends EngineFlags {
  readonly keys?: string;
  readonly "from-export"?: string;
}

export default class AuditReceipt extends DataCommand {
  static override summary = "Verify a voter's receipt, and say what has become of the ballot.";
  static override description =
    "Reads the one partition that the ballot is in, and needs no right to write. Counted, " +
    "rejected and why, pending, or missing: a broken promise, which the receipt proves to " +
    "anybody (exit 3). With --keys the receipt alone is verified, without any store.";
  static override examples = [
    "<%= config.bin %> audit receipt receipt.txt",
    "<%= config.bin %> audit receipt - --keys vote-keys.json < receipt.txt",
    "<%= config.bin %> audit receipt receipt.txt --from-export mascot-export",
  ];
  static override args = {
    file: Args.string({
      required: true,
      description: "File with the receipt; - for standard input",
    }),
  };
  static override flags = {
    keys: Flags.file({
      helpValue: "<file>",
      description: "What ingest or serve answers at /.well-known/vote-keys.json",
      exclusive: ["from-export", "data-dir", "engine"],
    }),
    "from-export": Flags.directory({
      helpValue: "<dir>",
      description: "Look for the ballot in what `vote audit export` has written here",
      exclusive: ["data-dir", "engine"],
    }),
  };

  async run(): Promise<ReceiptAudit> {
    const { args, flags } = await this.parse(AuditReceipt);
    const audit = await this.#audit(await receiptIn(args.file), flags);
    this.log(receiptAuditText(audit));
    if (audit.outcome === "missing") {
      process.exitCode = new VoteError("recount-mismatch", "").exitCode;
    }
    return audit;
  }

  async #audit(receipt: string, flags: ReceiptFlags): Promise<ReceiptAudit> {
    const { auditReceipt, verifyReceipt } = await import(
      "../../runtime/recount/receipt/audit-receipt.js"
    );
    const { keys, "from-export": exported } = flags;
    if (keys !== undefined) {
      const { parseVoteKeys } = await import("../../runtime/contracts/http/vote-keys.js");
      return verifyReceipt(receipt, parseVoteKeys(await contentOf(keys), keys));
    }
    if (exported !== undefined) {
      const { openExport } = await import("../../runtime/audit/exported-evidence.js");
      return auditReceipt(receipt, await openExport(exported));
    }
    return withEvidence(flags, (evidence) => auditReceipt(receipt, evidence));
  }
}

function receiptIn(file: string): Promise<string> {
  return file === "-" ? text(process.stdin) : contentOf(file);
}

async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new VoteError("invalid-usage", `Cannot read ${file} (${code}).`, {
      hint: "Check its path, and that you may read it.",
      cause,
    });
  }
}
