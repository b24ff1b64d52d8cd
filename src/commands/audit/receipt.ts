import { open } from "node:fs/promises";
import { createInterface } from "node:readline";
import { Args, Flags } from "@oclif/core";
import { DataCommand } from "../../cli/data-command.js";
import { contentOf, unreadable } from "../../cli/flags/input-file.js";
import { receiptAuditText, receiptsAuditText } from "../../cli/text/audit/receipt-audit-text.js";
import { withEvidence } from "../../cli/with-engine.js";
import type { EngineFlags } from "../../runtime/config/engine-choice.js";
import type { ReceiptAudit } from "../../runtime/contracts/audit/receipt-audit.js";
import type { ReceiptsAudit } from "../../runtime/contracts/audit/receipts-audit.js";
import type { VoteKeys } from "../../runtime/contracts/http/vote-keys.js";
import { VoteError } from "../../runtime/core/errors.js";
import type { Evidence } from "../../runtime/recount/receipt/audit-receipt.js";

interface ReceiptFlags extends EngineFlags {
  readonly keys?: string;
  readonly "from-export"?: string;
}

export default class AuditReceipt extends DataCommand {
  static override summary = "Verify a voter's receipt, and say what has become of the ballot.";
  static override description =
    "Reads the one partition that the ballot is in, and needs no right to write. Counted, " +
    "rejected and why, pending, or missing: a broken promise, which the receipt proves to " +
    "anybody (exit 3). With --keys the receipt alone is verified, without any store. A file " +
    "may hold many receipts, one a line: then it sums them up, and names those that are wrong.";
  static override examples = [
    "<%= config.bin %> audit receipt receipt.txt",
    "<%= config.bin %> audit receipt - --keys vote-keys.json < receipt.txt",
    "<%= config.bin %> audit receipt receipt.txt --from-export mascot-export",
  ];
  static override args = {
    file: Args.string({
      required: true,
      description: "File with the receipt, or with many, one a line; - for standard input",
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

  async run(): Promise<ReceiptAudit | ReceiptsAudit> {
    const { args, flags } = await this.parse(AuditReceipt);
    const lines = await linesIn(args.file);
    const head = await untilSecond(lines);
    const given = head.filter(isReceipt);
    const audit =
      given.length > 1
        ? await this.#auditMany(rejoined(head, lines), flags)
        : await this.#audit(given[0] ?? "", flags);
    const isWrong =
      "outcomes" in audit
        ? audit.outcomes.missing + audit.outcomes.invalid > 0
        : audit.outcome === "missing";
    this.log("outcomes" in audit ? receiptsAuditText(audit) : receiptAuditText(audit));
    if (isWrong) process.exitCode = new VoteError("recount-mismatch", "").exitCode;
    return audit;
  }

  async #audit(receipt: string, flags: ReceiptFlags): Promise<ReceiptAudit> {
    const { auditReceipt, verifyReceipt } = await import(
      "../../runtime/recount/receipt/audit-receipt.js"
    );
    const keys = await keysIn(flags);
    if (keys !== undefined) return verifyReceipt(receipt, keys);
    return withRecords(flags, (evidence) => auditReceipt(receipt, evidence));
  }

  async #auditMany(lines: AsyncIterable<string>, flags: ReceiptFlags): Promise<ReceiptsAudit> {
    const { auditReceipts, verifyReceipts } = await import(
      "../../runtime/recount/receipt/audit-receipts.js"
    );
    const keys = await keysIn(flags);
    if (keys !== undefined) return verifyReceipts(lines, keys);
    return withRecords(flags, (evidence) => auditReceipts(lines, evidence));
  }
}

async function keysIn({ keys }: ReceiptFlags): Promise<VoteKeys | undefined> {
  if (keys === undefined) return undefined;
  const { parseVoteKeys } = await import("../../runtime/contracts/http/vote-keys.js");
  return parseVoteKeys(await contentOf(keys), keys);
}

async function withRecords<T>(
  flags: ReceiptFlags,
  work: (evidence: Evidence) => Promise<T>,
): Promise<T> {
  const { "from-export": exported } = flags;
  if (exported === undefined) return withEvidence(flags, work);
  const { openExport } = await import("../../runtime/audit/exported-evidence.js");
  return work(await openExport(exported));
}

const isReceipt = (line: string) => line.trim() !== "";

async function linesIn(file: string): Promise<AsyncIterator<string>> {
  if (file === "-") return createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  try {
    return (await open(file)).readLines({ encoding: "utf8" })[Symbol.asyncIterator]();
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

/** The lines up to the second receipt. */
async function untilSecond(lines: AsyncIterator<string>): Promise<string[]> {
  const head: string[] = [];
  while (head.filter(isReceipt).length < 2) {
    const next = await lines.next();
    if (next.done === true) break;
    head.push(next.value);
  }
  return head;
}

async function* rejoined(head: readonly string[], lines: AsyncIterator<string>) {
  yield* head;
  yield* { [Symbol.asyncIterator]: () => lines };
}
