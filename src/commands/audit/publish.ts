import { DataCommand } from "../../cli/data-command.js";
import { directoryFlag, electionFlag } from "../../cli/flags/audit-flags.js";
import { withEvidence } from "../../cli/with-engine.js";
import type { PublishedLogHead } from "../../runtime/contracts/audit/published-log.js";
import { formatCount } from "../../runtime/text/numbers.js";

export default class AuditPublish extends DataCommand {
  static override summary = "Write a certified election's decisions as a public transparency log.";
  static override description =
    "Every decision as a leaf of a Merkle tree, in static files that any web server can serve " +
    "and other programs for C2SP's tlog-tiles read. They hold each ballot's voter tag, id, time " +
    "and choice: read docs/how-to/transparency-log.md before they are public. Signs with this " +
    "host's admin key. `vote audit proof` finds a receipt's ballot in them.";
  static override examples = ["<%= config.bin %> audit publish --election mascot --to mascot-log"];
  static override flags = { ...electionFlag, ...directoryFlag };

  async run(): Promise<PublishedLogHead> {
    const { flags } = await this.parse(AuditPublish);
    const { election, to: directory } = flags;
    const { publishLog } = await import("../../runtime/audit/tlog/publish-log.js");
    const head = await withEvidence(flags, ({ ledger, registry }, keys) =>
      publishLog({
        ...{ election, ledger, registry, keys, directory },
        onPartition: (partition, leaves) =>
          this.log(`· partition ${partition}: ${formatCount(leaves)} leaves`),
      }),
    );
    this.log(
      `\nThe log of election ${election} is in ${directory}: ${formatCount(head.size)} leaves.`,
    );
    this.log(`  root  ${head.root}\n  key   ${head.key}`);
    return head;
  }
}
