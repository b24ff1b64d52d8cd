import { Flags } from "@oclif/core";
import { localActor } from "../cli/election-admin.js";
import { parseDurationMs } from "../cli/flags/times.js";
import { recountText } from "../cli/text/recount-text.js";
import { VoteCommand } from "../cli/vote-command.js";
import { withExistingEngine } from "../cli/with-engine.js";
import { VoteError } from "../runtime/core/errors.js";
import type { RecountReport } from "../runtime/recount/report.js";
import type { Certificate } from "../runtime/registry/port.js";
import type { Engine } from "../runtime/wiring.js";

type Outcome = RecountReport & { readonly certificate?: Certificate };

export default class Recount extends VoteCommand {
  static override summary = "Count an election again, independently, and certify its result.";
  static override description =
    "Verifies every segment and decision with its own code. For a closed election it waits until " +
    "all partitions are sealed, and certifies the result if the recount agrees; an open one is " +
    "recounted as it stands. Exits with 3 if anything disagrees.";
  static override examples = [
    "<%= config.bin %> recount --election mascot",
    "<%= config.bin %> recount --election mascot --from log --json",
  ];
  static override flags = {
    election: Flags.string({ description: "Election id (default: the only election)" }),
    from: Flags.option({
      options: ["ledger", "log"] as const,
      description: "log also derives every decision from the log and compares",
      default: "ledger",
    })(),
    wait: Flags.string({
      description: "How long to wait for the seals of a closed election",
      default: "30s",
    }),
    certify: Flags.boolean({
      description: "Make the result of a closed election official",
      default: true,
      allowNo: true,
    }),
  };

  async run(): Promise<Outcome> {
    const { flags } = await this.parse(Recount);
    const waitMs = parseDurationMs(flags.wait);
    const { recountElection } = await import("../runtime/recount/recount.js");
    const outcome = await withExistingEngine(flags, async (engine): Promise<Outcome> => {
      const { id, status, partitions } = await this.#election(engine, flags.election);
      const { registry, ledger, log, view } = engine;
      const closed = status === "closed" || status === "certified";
      const { waitForSeals } = await import("../runtime/recount/wait-for-seals.js");
      const unsealed = closed
        ? await waitForSeals({ election: { id, partitions }, ledger, log, timeoutMs: waitMs }).then(
            () => undefined,
            (error: unknown) => error,
          )
        : undefined;
      const { from } = flags;
      // Reading over a network leaves time for other partitions; a disk of this machine does not.
      const partitionsAtOnce = engine.name === "cluster" ? 4 : 1;
      const where = { election: id, registry, ledger, log, from, partitionsAtOnce };
      const report = await recountElection(where);
      // Damage keeps a partition from its seal; the recount says which segment it is.
      if (unsealed !== undefined && report.agrees) throw unsealed;
      if (!closed || !report.agrees || !flags.certify) return report;
      const { certify } = await import("../runtime/recount/certify.js");
      return {
        ...report,
        certificate: await certify({ report, registry, view, now: Date.now(), by: localActor() }),
      };
    });
    this.log(recountText(outcome));
    if (outcome.certificate !== undefined) this.log("\nThe result is certified: it is official.");
    if (!outcome.agrees) process.exitCode = new VoteError("recount-mismatch", "").exitCode;
    return outcome;
  }

  async #election(engine: Engine, id: string | undefined) {
    const { requireElection } = await import("../runtime/elections/elections.js");
    if (id !== undefined) return requireElection(engine, id);
    const all = await engine.registry.list();
    if (all.length === 1) return all[0];
    throw new VoteError("invalid-usage", `There are ${all.length} elections: which one?`, {
      hint: "Name one with --election ID; `vote election list` shows them.",
    });
  }
}
