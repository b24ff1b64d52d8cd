import { Flags } from "@oclif/core";
import { DataCommand } from "../cli/data-command.js";
import { localActor } from "../cli/election-admin.js";
import { parseDurationMs } from "../cli/flags/times.js";
import { officialText, recountText } from "../cli/text/recount-text.js";
import { WorkProgress } from "../cli/text/work-progress.js";
import { withEvidence, withExistingEngine } from "../cli/with-engine.js";
import type { EngineFlags } from "../runtime/config/engine-choice.js";
import { VoteError } from "../runtime/core/errors.js";
import type { Certificate } from "../runtime/core/formats/certificate.js";
import type { RecountReport } from "../runtime/recount/findings/report.js";
import type { RegistryReader } from "../runtime/registry/port.js";
import type { Engine } from "../runtime/wiring/engine.js";
import type { Evidence } from "../runtime/wiring/evidence.js";

interface RecountFlags {
  readonly election?: string;
  readonly from: "ledger" | "log";
  readonly wait: string;
}

interface OutcomeFlags extends RecountFlags, EngineFlags {
  readonly "from-export"?: string;
  readonly certify: boolean;
}

type Outcome = RecountReport & { readonly certificate?: Certificate };

export default class Recount extends DataCommand {
  static override summary = "Count an election again, independently, and certify its result.";
  static override description =
    "Verifies every segment and decision with its own code. For a closed election it waits until " +
    "all partitions are sealed, and certifies the result if the recount agrees; an open one is " +
    "recounted as it stands. Exits with 3 if anything disagrees.";
  static override examples = [
    "<%= config.bin %> recount --election mascot",
    "<%= config.bin %> recount --election mascot --no-certify --json",
    "<%= config.bin %> recount --from-export mascot-export",
  ];
  static override flags = {
    election: Flags.string({
      helpValue: "<id>",
      description: "Election id (default: the only election)",
    }),
    from: Flags.option({
      options: ["ledger", "log"] as const,
      description:
        "log also derives every decision from the log and compares; ledger verifies less, and " +
        "certifies nothing",
      default: "log",
    })(),
    "from-export": Flags.directory({
      helpValue: "<dir>",
      description: "Recount what `vote audit export` has written here, without any store",
      exclusive: ["election", "data-dir", "engine"],
    }),
    wait: Flags.string({
      helpValue: "<30s>",
      description: "How long to wait for the seals of a closed election",
      default: "30s",
    }),
    certify: Flags.boolean({
      description:
        "Make the result of a closed election official; with --no-certify nothing is written, " +
        "and no right to write is needed",
      default: true,
      allowNo: true,
    }),
  };

  readonly #progress = new WorkProgress();
  #startedAt = 0;
  #doneAt = 0;
  /** What a recount tells while it reads. */
  readonly #watch = {
    onStart: (parts: number) => {
      this.#startedAt = performance.now();
      this.#progress.begin("Recounting", parts, "partitions");
    },
    onPartition: (ballots: number) => {
      this.#doneAt = performance.now();
      this.#progress.done(1, ballots);
    },
  };

  async run(): Promise<Outcome> {
    const { flags } = await this.parse(Recount);
    const startedAt = Date.now();
    const outcome = await this.#outcome(flags).finally(() => this.#progress.end());
    this.log(recountText(outcome, this.#doneAt - this.#startedAt));
    const { certificate } = outcome;
    if (certificate !== undefined) this.log(`\n${officialText(certificate, startedAt)}`);
    else if (flags.from === "ledger") this.log("\nThe log was not verified: nothing is certified.");
    if (!outcome.agrees) process.exitCode = new VoteError("recount-mismatch", "").exitCode;
    return outcome;
  }

  async #outcome(flags: OutcomeFlags): Promise<Outcome> {
    const exported = flags["from-export"];
    if (exported !== undefined) return this.#recountExport(exported, flags);
    return flags.certify
      ? withExistingEngine(flags, (engine) => this.#announced(engine, flags))
      : withEvidence(flags, (evidence) => this.#recount(evidence, flags));
  }

  async #recount(evidence: Evidence, flags: RecountFlags): Promise<RecountReport> {
    const { from, wait } = flags;
    const { registry, ledger, log } = evidence;
    const waitMs = parseDurationMs(wait);
    const election = flags.election ?? (await this.#onlyElection(registry));
    // Reading over a network leaves time for other partitions; a disk of this machine does not.
    const partitionsAtOnce = evidence.name === "cluster" ? 4 : 1;
    const { recountWhenSealed } = await import("../runtime/recount/recount-when-sealed.js");
    const where = { election, registry, ledger, log, from, partitionsAtOnce };
    return recountWhenSealed({ ...where, ...this.#watch, waitMs });
  }

  /** Without the stores: what is not in the export is not asked for. */
  async #recountExport(directory: string, flags: RecountFlags): Promise<RecountReport> {
    const { openExport } = await import("../runtime/audit/exported-evidence.js");
    const { election, damage, ...stores } = await openExport(directory);
    const { recountWhenSealed } = await import("../runtime/recount/recount-when-sealed.js");
    const { from } = flags;
    const how = { ...stores, ...this.#watch, election, from, waitMs: 0 };
    const report = await recountWhenSealed(how);
    const damaged = report.agrees ? await damage() : undefined;
    if (damaged !== undefined) throw damaged;
    return report;
  }

  /** Whoever watches a closed election's result sees that it is being recounted. */
  async #announced(engine: Engine, flags: RecountFlags): Promise<Outcome> {
    const { registry, view } = engine;
    const election = flags.election ?? (await this.#onlyElection(registry));
    const work = () => this.#certified(engine, { ...flags, election });
    if ((await registry.get(election))?.status !== "closed") return work();
    const { announced } = await import("../runtime/recount/announced.js");
    return announced({ view, election }, work);
  }

  async #certified(engine: Engine, flags: RecountFlags): Promise<Outcome> {
    const report = await this.#recount(engine, flags);
    const isOver = report.status === "closed" || report.status === "certified";
    if (!isOver || !report.agrees || report.from === "ledger") return report;
    const { certify } = await import("../runtime/recount/certificate/certify.js");
    const issued = { ...engine, report, now: Date.now(), by: localActor() };
    return { ...report, certificate: await certify(issued) };
  }

  async #onlyElection(registry: RegistryReader): Promise<string> {
    const all = await registry.list();
    if (all.length === 1) return all[0].id;
    throw new VoteError("invalid-usage", `There are ${all.length} elections: which one?`, {
      hint: "Name one with --election ID; `vote election list` shows them.",
    });
  }
}
