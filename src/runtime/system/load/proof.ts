/** The proof of a load run: its account against ledger and view, and both against a recount. */
import type { Election } from "../../core/election.js";
import { hashBytes } from "../../core/formats/bytes.js";
import { LoadFindings } from "../../load/reconcile/findings.js";
import { FindingsFile } from "../../load/reconcile/findings-file.js";
import { type Reconciliation, reconcile } from "../../load/reconcile/reconcile.js";
import type { RecountReport } from "../../recount/findings/report.js";
import { recountElection } from "../../recount/recount.js";
import { noWatch, type WorkWatch } from "../../telemetry/work-watch.js";
import type { Engine } from "../../wiring/engine.js";

type ReconcileOptions = Parameters<typeof reconcile>[0];

interface ProofOptions
  extends Omit<ReconcileOptions, "log" | "ledger" | "view" | "findings" | "onPartition"> {
  readonly engine: Engine;
  /** The path of the findings file. Default: no file. */
  readonly findingsPath?: string | undefined;
  /** Hears how far it has come. */
  readonly watch?: WorkWatch | undefined;
}

/** What a proof shows; disagreements are in it, never thrown. */
export interface Proof {
  readonly reconciliation: Reconciliation;
  readonly recount: RecountReport;
  /** The recount found nothing wrong, and its totals are the ledger's. */
  readonly recountAgrees: boolean;
  /** Written if there are findings. */
  readonly findingsFile?: string;
  /** Why the findings file is incomplete. */
  readonly findingsFailure?: Error;
}

/** Where others vote all the time, the sources may never stand still. */
const maxTries = 5;

/**
 * Compares everything with everything. Ledger, view and recount are read one after the other: what
 * differs because the tally has decided more meanwhile is compared again. After an overload that
 * happens without anybody voting: an ingest still writes batches that nobody waits for any more.
 */
export async function prove(options: ProofOptions): Promise<Proof> {
  for (let tries = 1; ; tries++) {
    const before = await placesOf(options);
    const { file, ...proof } = await proveOnce(options);
    const { agreement } = proof.reconciliation;
    const agrees = proof.recountAgrees && Object.values(agreement).every(Boolean);
    if (agrees || tries === maxTries || before === (await placesOf(options))) {
      const written = file?.close() === true ? { findingsFile: file.path } : {};
      return { ...proof, ...written, ...(file?.failure ? { findingsFailure: file.failure } : {}) };
    }
    file?.discard();
  }
}

async function proveOnce({ engine, findingsPath, watch = noWatch, ...compared }: ProofOptions) {
  const file = findingsPath === undefined ? undefined : new FindingsFile(findingsPath);
  const findings = new LoadFindings(file);
  const { log, ledger, view } = engine;
  const { partitions } = compared.election;
  const onPartition = (ballots: number) => watch.done(1, ballots);
  watch.begin("Comparing", partitions, "partitions");
  const sources = { log, ledger, view };
  const reconciliation = await reconcile({ ...compared, ...sources, findings, onPartition });
  watch.begin("Recounting", partitions, "partitions");
  const recount = await recountRun(engine, compared.election, onPartition);
  watch.end();
  addRecountFindings(recount, findings);
  const found = { findings: findings.kept, findingCount: findings.total };
  return {
    file,
    reconciliation: { ...reconciliation, ...found },
    recount,
    recountAgrees: sameResult(recount, reconciliation),
  };
}

/** How far log, ledger and view have come, as text to compare. */
async function placesOf({ engine, election: { id, partitions } }: ProofOptions): Promise<string> {
  const { log, ledger, view } = engine;
  const places = await Promise.all(
    Array.from({ length: partitions }, async (_, partition) => {
      const last = await ledger.last(id, partition);
      // A segment ends with its hash, be the rest damaged or not.
      const hash = last && Buffer.from(last.subarray(-hashBytes)).toString("hex");
      return [await log.end(id, partition), hash];
    }),
  );
  const shown = (await view.get(id)).partitions.map(({ sequence }) => sequence);
  return JSON.stringify([places, shown]);
}

/**
 * Recounts from the ledger, and from the log where a partition of a closed election has no seal:
 * only the log tells a tally that is behind from one that went past the close marker.
 */
async function recountRun(
  engine: Engine,
  election: Election,
  onPartition: (ballots: number) => void | Promise<void>,
): Promise<RecountReport> {
  const options = { ...engine, election: election.id, onPartition };
  const report = await recountElection({ ...options, from: "ledger" });
  if (election.status === "open" || report.sealed || !report.agrees) return report;
  return recountElection({ ...options, from: "log" });
}

/** Adds the recount's findings, each with its place. */
function addRecountFindings({ findings, findingCount }: RecountReport, all: LoadFindings): void {
  for (const { kind, detail, ballotId, partition, sequence, position } of findings) {
    const place = { ballotId, partition, sequence, position };
    all.add("recount-differs", () => ({ detail: `${kind}: ${detail}`, ...place }));
  }
  for (let more = findings.length; more < findingCount; more++) {
    const detail = "the recount found more than it names; see `vote recount`";
    all.add("recount-differs", () => ({ detail }));
  }
}

function sameResult(recount: RecountReport, { ledger }: Reconciliation): boolean {
  const rejected = Object.values(recount.rejected).reduce((sum, count) => sum + count, 0);
  return (
    recount.agrees &&
    recount.result.every(({ votes }, index) => votes === ledger.counts[index]) &&
    rejected === ledger.rejections.reduce((sum, count) => sum + count, 0)
  );
}
