/** A load run from end to end: the engine, the processes that send, the faults, and the proof. */
import { randomBytes } from "node:crypto";
import type { LoadRecord } from "../../contracts/load/load-record.js";
import type { Election } from "../../core/election.js";
import { requireOpen } from "../../core/election.js";
import { decodeSegment } from "../../core/formats/segment.js";
import { requireElection } from "../../elections/elections.js";
import { type FaultRun, type FaultTargets, runFaults } from "../../load/faults/run-faults.js";
import type { RunLatencies } from "../../load/measure/outcome.js";
import { buildRecord, type RunOrigin } from "../../load/report/record.js";
import { ThresholdAbort } from "../../load/report/threshold-abort.js";
import type { LoadProgress } from "../../load/run/progress.js";
import { notOurs } from "../../load/scenario/fault.js";
import type { RecountReport } from "../../recount/findings/report.js";
import { hostFacts } from "../../telemetry/host.js";
import { noWatch, type WorkWatch, watchSeconds } from "../../telemetry/work-watch.js";
import { systemClock } from "../../time/clock.js";
import type { Engine } from "../../wiring/engine.js";
import { type GenerateOptions, generate } from "./load-processes.js";
import { type SearchOptions, type SearchOutcome, searchMaximum } from "./load-search.js";
import { prove } from "./proof.js";
import { requireRoles } from "./require-roles.js";

/** A run, sent as `generate` does unless something else is said here. */
export interface LoadRunOptions
  extends Omit<
    GenerateOptions,
    "election" | "seed" | "leadMs" | "onStart" | "onReady" | "withLatencies"
  > {
  readonly election: string;
  /** Default: the scenario's; a new one if it has none or the election has ballots already. */
  readonly seed?: number;
  /** Searches for the highest rate that holds the thresholds. Default: the scenario's rate. */
  readonly search?: SearchOptions;
  /** What started the run, for its record, by the seed that was used. */
  readonly origin?: (seed: number) => RunOrigin;
  /** A breached threshold ends the run; what was sent until then is reconciled. */
  readonly abortOnFail?: boolean;
  /** Runs after the last ballot is visible and before the comparison: a demo closes here. */
  readonly beforeReconcile?: () => Promise<void>;
  /** Others may vote in this election during the run. Default: only before it. */
  readonly allowForeign?: boolean;
  /** The path of the findings file, by when the run began. Default: no file. */
  readonly findingsPath?: (startedAt: number) => string;
  /** Hears how far the comparison at the end has come. */
  readonly watch?: WorkWatch;
  /** The processes that the scenario's faults hit; required if it has faults. */
  readonly faultTargets?: FaultTargets;
}

export interface LoadRun {
  readonly record: LoadRecord;
  readonly recount: RecountReport;
  /** The histograms behind the record's percentiles. */
  readonly latencies: RunLatencies;
  /** Why the findings file is incomplete. */
  readonly findingsFailure?: Error;
}

/**
 * A whole load run: sends, waits, and compares the generator's own account, the view, the ledger
 * and an independent recount. Disagreements are in the record; they are never thrown.
 *
 * @throws VoteError `unknown-election`, `election-not-open`, `election-closed`, `invalid-scenario`,
 *   `not-running` before anything is sent when nobody would take or decide the ballots,
 *   or that the log, the ledger or the view cannot be reached
 */
export async function runLoadAndReconcile(options: LoadRunOptions): Promise<LoadRun> {
  const { engine, scenario } = options;
  const election = await requireElection(engine, options.election);
  requireOpen(election, systemClock.wallClock());
  const { preparation = noWatch } = options;
  const looking = "Looking for ingest, tally and earlier ballots";
  const before = await watchSeconds(preparation, looking, undefined, async () => {
    await requireRoles(engine, election, options);
    return ballotsBefore(engine, election);
  });
  const abort = new ThresholdAbort(options.abortOnFail === true ? scenario.thresholds : []);
  requireFaultTargets(options);
  let faults: FaultRun | undefined;
  const sending: GenerateOptions = {
    ...options,
    election,
    seed: options.seed ?? (before.any ? undefined : scenario.seed) ?? randomSeed(),
    ...watchedBy(abort, options),
    leadMs: scenario.faults.length > 0 ? openWithinMs : 0,
    onStart: (startAt) => {
      faults = startFaults(options, startAt);
    },
  };
  const { outcome, earlier, ...sent } = await sendOrSearch(sending, options).catch(
    async (error: unknown) => {
      await faults?.stop();
      throw error;
    },
  );
  const streams = [...earlier, ...outcome.streams];
  const known = streams.filter(({ lost }) => lost === undefined);
  const faultsDone = (await faults?.stop()) ?? [];
  await options.beforeReconcile?.();
  // The election may have been closed since.
  const current = await requireElection(engine, election.id);
  const proof = await prove({
    engine,
    outcome: { ...outcome, streams: known },
    election: current,
    // The ballots of a lost process look like other people's.
    allowForeign: options.allowForeign ?? known.length < streams.length,
    segmentsBefore: before.segments,
    retriesAbsorbedBefore: before.retriesAbsorbed,
    electionKey: await engine.keys.electionKey(election),
    findingsPath: options.findingsPath?.(outcome.startedAt),
    watch: options.watch,
  });
  const { recount, findingsFailure } = proof;
  const record = buildRecord({
    election,
    engine: engine.name,
    ...sent,
    ...proof,
    outcome,
    earlier,
    abortedBy: abort.by,
    origin: options.origin?.(outcome.seed),
    faults: faultsDone,
    host: hostFacts(),
  });
  return {
    record,
    recount,
    latencies: outcome.latencies,
    ...(findingsFailure && { findingsFailure }),
  };
}

/** What a breached threshold stops, and what tells it how far the run has come. */
function watchedBy(abort: ThresholdAbort, { signal, abortOnFail, onProgress }: LoadRunOptions) {
  return {
    signal: AbortSignal.any([abort.signal, ...(signal ? [signal] : [])]),
    withLatencies: abortOnFail,
    onProgress: (progress: LoadProgress) => {
      abort.look(progress);
      onProgress?.(progress);
    },
  };
}

/** Sends once, or in as many trials as the search takes. */
async function sendOrSearch(
  options: GenerateOptions,
  { search }: LoadRunOptions,
): Promise<Omit<SearchOutcome, "search"> & Partial<Pick<SearchOutcome, "search">>> {
  if (search !== undefined) return searchMaximum(options, search);
  return { outcome: await generate(options), scenario: options.scenario, earlier: [] };
}

/** The time that a run with faults has to open: the faults' times count from its first ballot. */
const openWithinMs = 300;

function requireFaultTargets({ scenario, faultTargets }: LoadRunOptions): void {
  const [fault] = scenario.faults;
  if (fault !== undefined && faultTargets === undefined) throw notOurs(fault, "this election");
}

/** @param startAt milliseconds since the epoch */
function startFaults(
  { scenario, faultTargets, signal }: LoadRunOptions,
  startAt: number,
): FaultRun | undefined {
  if (faultTargets === undefined) return undefined;
  const run = runFaults(scenario.faults, faultTargets, systemClock, startAt);
  // An abort resumes paused processes at once, before the run itself has ended.
  signal?.addEventListener("abort", () => void run.stop().catch(() => {}), { once: true });
  return run;
}

/**
 * What the election held when the run began, with the number of segments by partition. That number
 * is infinite where the tally was behind the log: it had ballots of others still to decide.
 */
async function ballotsBefore(
  { log, ledger }: Engine,
  { id, partitions }: Election,
): Promise<{ any: boolean; retriesAbsorbed: number; segments: number[] }> {
  let any = false;
  let retriesAbsorbed = 0;
  const segments: number[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const holdsAny = (await log.read(id, partition, 0, 1)).length > 0;
    const end = await log.end(id, partition);
    any ||= holdsAny;
    const bytes = await ledger.last(id, partition);
    const place = `election ${id}, partition ${partition}, last segment`;
    const last = bytes === undefined ? undefined : decodeSegment(bytes, place);
    const decided = last === undefined ? !holdsAny : last.positionTo >= end;
    segments.push(decided ? (last?.sequence ?? -1) + 1 : Number.POSITIVE_INFINITY);
    retriesAbsorbed += last?.retriesAbsorbed ?? 0;
  }
  return { any, retriesAbsorbed, segments };
}

/** 32 bits: short enough to type again by hand. */
function randomSeed(): number {
  return randomBytes(4).readUInt32LE();
}
