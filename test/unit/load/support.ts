import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAndStore, openElection } from "../../../src/runtime/elections/elections.js";
import type { Ledger } from "../../../src/runtime/ledger/port.js";
import { parseScenario, type Scenario } from "../../../src/runtime/load/scenario/scenario.js";
import type { Log } from "../../../src/runtime/log/port.js";
import { startTally } from "../../../src/runtime/tally/tally.js";
import type { View } from "../../../src/runtime/view/port.js";
import { type Engine, openEngine } from "../../../src/runtime/wiring/engine.js";

export const partitions = 4;

/** The real embedded engine in a directory of its own, a tally, and an open election "lunch". */
export interface LoadBench {
  readonly engine: Engine;
  /** The tally folds no more; idempotent. */
  stopTally(): Promise<void>;
  stop(): Promise<void>;
}

export async function startLoadBench(): Promise<LoadBench> {
  const dataDir = await mkdtemp(join(tmpdir(), "vote-load-"));
  const engine = await openEngine({ engine: "embedded", dataDir });
  const candidates = [
    { id: "soup", name: "Soup" },
    { id: "salad", name: "Salad" },
    { id: "cake", name: "Cake" },
  ];
  await createAndStore(engine, { id: "lunch", title: "Lunch", candidates, partitions }, Date.now());
  await openElection(engine, "lunch", Date.now());
  const tally = await startTally(engine);
  let stopping: Promise<void> | undefined;
  const stopTally = () => {
    stopping ??= tally.stop();
    return stopping;
  };
  return {
    engine,
    stopTally,
    async stop() {
      await stopTally();
      await engine.close();
      await rm(dataDir, { recursive: true });
    },
  };
}

/** Half a second, a fifth second votes, a tenth sent again. */
export function scenarioOf(changes: Record<string, unknown> = {}): Scenario {
  const source = {
    name: "test",
    seed: 11,
    durationSeconds: 0.5,
    via: "log",
    votesPerSecond: 8_000,
    candidates: [
      { id: "soup", weight: 5 },
      { id: "salad", weight: 3 },
      { id: "cake", weight: 2 },
    ],
    secondVoteShare: 0.2,
    retryShare: 0.1,
    ...changes,
  };
  return parseScenario(source, "test");
}

/** The engine with a log in which `append` is something else: faults are planted here. */
export function withAppend(engine: Engine, append: Log["append"]): Engine {
  const { log } = engine;
  const faulty: Log = {
    append,
    createTopic: (topic) => log.createTopic(topic),
    read: (...place) => log.read(...place),
    partitions: (election) => log.partitions(election),
    end: (...place) => log.end(...place),
    subscribe: (...handler) => log.subscribe(...handler),
    members: (election) => log.members(election),
    close: () => log.close(),
  };
  return { ...engine, log: faulty };
}

/** The engine with a view that does something before it answers. */
export function withView(engine: Engine, get: View["get"]): Engine {
  const { view } = engine;
  const watched: View = {
    get,
    set: (...figures) => view.set(...figures),
    replace: (...figures) => view.replace(...figures),
    setRecounting: (...recounting) => view.setRecounting(...recounting),
    close: () => view.close(),
  };
  return { ...engine, view: watched };
}

/** The engine with a ledger whose segments come out changed. */
export function withSegments(
  engine: Engine,
  change: (segment: Uint8Array, partition: number) => Uint8Array,
): Engine {
  const { ledger } = engine;
  const faulty: Ledger = {
    append: (...segment) => ledger.append(...segment),
    get: (place) => ledger.get(place),
    partitions: (election) => ledger.partitions(election),
    last: (...place) => ledger.last(...place),
    async *read(election, partition, fromSequence) {
      for await (const segment of ledger.read(election, partition, fromSequence)) {
        yield change(segment, partition);
      }
    },
  };
  return { ...engine, ledger: faulty };
}
