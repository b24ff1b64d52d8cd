import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type EngineChoice,
  engineArgs,
  openOwnEngine,
  ownTokensArgs,
} from "../config/engine-choice.js";
import type { EngineName } from "../contracts/config/vote-yaml.js";
import type { LoadRecord } from "../contracts/load/load-record.js";
import type { Certificate } from "../core/formats/certificate.js";
import { defaultPartitions } from "../core/limits.js";
import { closeElection } from "../elections/closing.js";
import { createAndStore, openElection, requireUnused } from "../elections/elections.js";
import { untilFollowed } from "../elections/scenario-election.js";
import type { Scenario } from "../load/scenario/scenario.js";
import type { LiveTallyProps } from "../monitor/plain/plain.js";
import { lockDataDirectory } from "../processes/data-directory-lock.js";
import { allOrNone, type Role, startRole } from "../processes/role-process.js";
import { announced } from "../recount/announced.js";
import { certify } from "../recount/certificate/certify.js";
import { recountElection } from "../recount/recount.js";
import { waitForSeals } from "../recount/wait-for-seals.js";
import { type WorkWatch, watchSeconds } from "../telemetry/work-watch.js";
import type { Engine } from "../wiring/engine.js";
import { LiveShow, type ShownUrls } from "./demo-live-show.js";
import { needsWarmUp, warmUp } from "./demo-warm-up.js";
import { runLoadAndReconcile } from "./load/load-run.js";

/** Options of `runDemo`. */
export interface DemoOptions {
  readonly scenario: Scenario;
  readonly engine: EngineName;
  /** Configuration of the cluster. Default: vote.yaml, or the `vote services` that run here. */
  readonly config?: string;
  /** Kept afterwards. Default: a temporary directory, removed at the end. */
  readonly dataDir?: string;
  readonly signal: AbortSignal;
  /** Hears of what takes its time before votes are sent. */
  readonly watch: WorkWatch;
  /** Hears of each step, one sentence each. */
  readonly onStep: (what: string) => void;
  /** Gets the live result from serve four times a second. */
  readonly onTally: (tally: LiveTallyProps) => void;
}

/** What `vote demo --json` prints: the load record and the certificate of the result. */
export interface DemoRecord extends LoadRecord {
  /** Absent when something disagreed, so that nothing was certified. */
  readonly certificate?: Certificate;
}

/** Who the election's trail says it was. */
const actor = "vote demo";
const sealsWithinMs = 60_000;

/**
 * Runs the main job over real processes: opens an election, votes, closes, waits for the seals,
 * recounts, certifies, and compares everything to the last ballot.
 *
 * @throws VoteError `election-exists` if the data directory has a demo already; `interrupted` by
 *   the signal during the warm-up; what the roles, the engine and the run throw
 */
export async function runDemo(options: DemoOptions): Promise<DemoRecord> {
  const temporary = options.dataDir === undefined;
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "vote-demo-")));
  const release = await lockDataDirectory(dataDir);
  try {
    const choice = { engine: options.engine, dataDir, config: options.config };
    const engine = await openOwnEngine(choice);
    try {
      await engine.keys.tokenSecret();
      return await withRoles(choice, options, (urls) => stage(engine, choice, urls, options));
    } finally {
      await engine.close();
    }
  } finally {
    await release();
    if (temporary) await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function withRoles<T>(
  choice: EngineChoice,
  options: DemoOptions,
  work: (urls: ShownUrls) => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  const start = (role: Role, ...args: string[]) =>
    startRole({ role, args: [...engineArgs(choice), "--log-level", "warn", ...args] });
  const starting = "Starting ingest, tally and serve";
  const roles = await watchSeconds(options.watch, starting, undefined, () =>
    allOrNone([
      start("ingest", "--port", "0", ...ownTokensArgs(choice)),
      start("tally"),
      start("serve", "--port", "0"),
    ]),
  );
  const [ingest, , serve] = roles;
  try {
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    const pids = roles.map(({ pid }) => pid).join(", ");
    options.onStep(`Started ingest, tally and serve (processes ${pids}) in ${seconds} s`);
    return await work({ ingest: ingest.url ?? "", serve: serve.url ?? "" });
  } finally {
    await Promise.all(roles.map((role) => role.stop()));
  }
}

async function stage(
  engine: Engine,
  choice: EngineChoice,
  urls: ShownUrls,
  options: DemoOptions,
): Promise<DemoRecord> {
  const { scenario, signal, onStep } = options;
  const electionId = demoElection(engine);
  // Before the warm-up, which writes to a directory that is kept.
  await requireUnused(engine, electionId);
  if (needsWarmUp(engine, scenario)) await warmUp(engine, choice, urls.ingest, options);
  const candidates = (scenario.candidates ?? []).map(({ id, name }) => ({ id, name }));
  const title = "Who wins tonight?";
  const { partitions = defaultPartitions[engine.name] } = scenario;
  const draft = { id: electionId, title, candidates, partitions };
  await createAndStore(engine, draft, Date.now(), actor);
  const election = await openElection(engine, electionId, Date.now(), actor);
  const sizes = `${candidates.length} candidates, ${partitions} partitions`;
  onStep(`Opened election ${electionId}: ${sizes}`);
  onStep(`Results page, while this runs: ${urls.serve}/elections/${electionId}`);
  const waiting = "Waiting for the tally to take up the election";
  await watchSeconds(options.watch, waiting, undefined, () => untilFollowed(engine, election));
  const show = new LiveShow(urls, electionId, options);
  try {
    const { record } = await runLoadAndReconcile({
      engine,
      election: electionId,
      scenario,
      target: urls.ingest,
      // The Kafka client shares the event loop with the display, which would delay the generator.
      processes: engine.name === "cluster" ? { count: 1, choice } : undefined,
      signal,
      onProgress: ({ sentPerSecond }) => {
        show.sentPerSecond = sentPerSecond;
      },
      beforeReconcile: async () => {
        show.phase = "Closing";
        await closeElection(engine, electionId, { by: actor });
        show.phase = "Sealing";
        await waitForSeals({ ...engine, election, timeoutMs: sealsWithinMs });
        await show.untilSealed();
      },
      preparation: show.preparation,
      watch: show,
    });
    if (!record.reconciled) return record;
    const certificate = await announced({ view: engine.view, election: electionId }, async () => {
      show.begin("Recounting", partitions);
      const onPartition = () => show.done(1);
      const evidence = { ...engine, election: electionId, from: "log", onPartition } as const;
      const report = await recountElection(evidence);
      show.end();
      show.phase = "Certifying";
      return certify({ ...engine, report, now: Date.now() });
    });
    await show.untilOfficial();
    return { ...record, certificate };
  } finally {
    await show.stop();
  }
}

/** Clusters keep the elections of earlier demos, so each needs an id of its own. */
function demoElection({ name }: Engine): string {
  return name === "embedded" ? "demo" : `demo-${Date.now().toString(36)}`;
}
