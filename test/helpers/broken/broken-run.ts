import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { LoadFinding } from "../../../src/runtime/contracts/load/load-finding.js";
import type { Election } from "../../../src/runtime/core/election.js";
import { startIngest } from "../../../src/runtime/ingest/server.js";
import type { Ledger } from "../../../src/runtime/ledger/port.js";
import { parseScenario } from "../../../src/runtime/load/scenario/scenario.js";
import type { Log } from "../../../src/runtime/log/port.js";
import { type LoadRun, runLoadAndReconcile } from "../../../src/runtime/system/load/load-run.js";
import { startTally } from "../../../src/runtime/tally/tally.js";
import type { View } from "../../../src/runtime/view/port.js";
import type { Engine } from "../../../src/runtime/wiring/engine.js";
import { openTestElection, openTestEngine } from "../data/election.js";
import { temporaryDirectory } from "../temporary.js";

export const partitions = 4;
export const candidates = 3;

/** What a defect did, so that a test can look for exactly this. */
export interface Planted {
  readonly ballotIds: readonly string[];
  readonly partition: number;
  /** The log position, where the defect is before the tally. */
  readonly position?: number;
  /** The segment's sequence, where the defect is behind the tally. */
  readonly sequence?: number;
}

/** A system of which exactly one part is built otherwise. */
export interface Build {
  /** What ballots are appended to. */
  readonly appender?: (engine: Engine, election: Election) => Log;
  /** One tally each, over these parts. Default: one over the engine as it is. */
  readonly tallies?: readonly ((engine: Engine) => Engine)[];
  /** What the harness reads its evidence from, once all is done. */
  readonly evidence?: (engine: Engine) => Engine;
  readonly via?: "log" | "http-batch";
  readonly scenario?: Readonly<Record<string, unknown>>;
  /** What was done; undefined when it was not. */
  readonly planted: () => Planted | undefined;
}

export interface BuildRun extends LoadRun {
  /** All findings, from the file. */
  readonly findings: readonly LoadFinding[];
}

/** Real engine, tally, load and reconciliation; 20,000 ballots unless told otherwise. */
export async function runBuild(build: Build): Promise<BuildRun> {
  const { via = "log", tallies = [(engine: Engine) => engine] } = build;
  const engine = await openTestEngine();
  const election = await openTestElection(engine, "broken", partitions, candidates);
  const log = build.appender?.(engine, election) ?? engine.log;
  const running = await Promise.all(tallies.map((parts) => startTally(parts(engine))));
  const ingest = via === "log" ? undefined : await startIngest({ ...engine, log, ...anyPort });
  const path = join(await temporaryDirectory(), "findings.ndjson");
  try {
    const run = await runLoadAndReconcile({
      engine: {
        ...(build.evidence?.(engine) ?? engine),
        // The tallies of a build need not share a group.
        log: logWith(log, { members: async () => running.length }),
      },
      election: election.id,
      scenario: parseScenario({ ...scenario, via, ...build.scenario }, "broken"),
      target: ingest?.url,
      findingsPath: () => path,
    });
    const { findingsFile } = run.record;
    return { ...run, findings: findingsFile === undefined ? [] : await readFindings(findingsFile) };
  } finally {
    await ingest?.stop();
    await Promise.all(running.map((tally) => tally.stop()));
  }
}

const anyPort = { host: "127.0.0.1", port: 0 };

const scenario = {
  name: "broken",
  seed: 7,
  durationSeconds: 0.8,
  votesPerSecond: 25_000,
  batchBallots: 200,
  secondVoteShare: 0.1,
  retryShare: 0.05,
};

async function readFindings(path: string): Promise<LoadFinding[]> {
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as LoadFinding);
}

/** The log with some of its methods replaced. */
export function logWith(log: Log, changes: Partial<Log>): Log {
  return {
    createTopic: (topic) => log.createTopic(topic),
    append: (frames) => log.append(frames),
    read: (...place) => log.read(...place),
    partitions: (election) => log.partitions(election),
    end: (...place) => log.end(...place),
    subscribe: (...handler) => log.subscribe(...handler),
    members: (election) => log.members(election),
    close: () => log.close(),
    ...changes,
  };
}

/** The ledger with some of its methods replaced. */
export function ledgerWith(ledger: Ledger, changes: Partial<Ledger>): Ledger {
  return {
    append: (...segment) => ledger.append(...segment),
    get: (place) => ledger.get(place),
    partitions: (election) => ledger.partitions(election),
    last: (...chain) => ledger.last(...chain),
    read: (...from) => ledger.read(...from),
    ...changes,
  };
}

/** The view with another `set`. */
export function viewWith(view: View, set: View["set"]): View {
  return {
    set,
    replace: (...figures) => view.replace(...figures),
    setRecounting: (...recounting) => view.setRecounting(...recounting),
    get: (election) => view.get(election),
    close: () => view.close(),
  };
}
