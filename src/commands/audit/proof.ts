import { Args, Flags } from "@oclif/core";
import { contentOf } from "../../cli/flags/input-file.js";
import { leafProofText } from "../../cli/text/audit/leaf-proof-text.js";
import { VoteCommand } from "../../cli/vote-command.js";
import type { LeafProof } from "../../runtime/contracts/audit/published-log.js";

export default class AuditProof extends VoteCommand {
  static override summary = "Prove that a receipt's ballot is in a published transparency log.";
  static override description =
    "Reads only what `vote audit publish` has written, and verifies all that it reads up to the " +
    "signed checkpoint. Needs no store, no account and no network. A ballot that has a receipt " +
    "and no leaf, another choice, or a changed file: exit 3.";
  static override examples = ["<%= config.bin %> audit proof receipt.txt --log mascot-log"];
  static override args = {
    file: Args.string({
      required: true,
      description: "File with the receipt; - for standard input",
    }),
  };
  static override flags = {
    log: Flags.directory({
      helpValue: "<dir>",
      description: "What `vote audit publish` has written",
      required: true,
    }),
    keys: Flags.file({
      helpValue: "<file>",
      description: "The election's keys as you know them; default: the log's own vote-keys.json",
    }),
  };

  async run(): Promise<LeafProof> {
    const { args, flags } = await this.parse(AuditProof);
    const { readReceipt } = await import("../../runtime/core/formats/receipt.js");
    const { signerOfReceipt } = await import("../../runtime/recount/receipt/verify-receipt.js");
    const { parseVoteKeys } = await import("../../runtime/contracts/http/vote-keys.js");
    const { PublishedLog, publishedKeys } = await import(
      "../../runtime/audit/tlog/published-log.js"
    );
    const { proveLeaf } = await import("../../runtime/audit/tlog/prove-leaf.js");
    const receipt = readReceipt(await contentOf(args.file));
    const keys =
      flags.keys === undefined
        ? await publishedKeys(flags.log)
        : parseVoteKeys(await contentOf(flags.keys), flags.keys);
    await signerOfReceipt(receipt, keys);
    const election = keys.elections.find(({ id }) => id === receipt.frame.election);
    if (election === undefined) throw new Error("no key of an unknown election is trusted");
    const proof = await proveLeaf(receipt, await PublishedLog.open(flags.log, election));
    this.log(leafProofText(proof));
    return proof;
  }
}
