import { loadMemoryEngines } from "../wiring/memory-engines.js";
import { faultKinds } from "./faults/fault-plan.js";
import { flagsOf, type Limits } from "./faults/limits.js";
import { shrink } from "./shrink.js";
import { type Simulation, simulate } from "./simulate.js";

/** Which simulations to run. */
export interface SeedsOptions {
  /** The first seed. */
  readonly from: number;
  /** How many, at most. */
  readonly seeds: number;
  readonly limits?: Limits;
  /** For a seed that fails, so many smaller simulations are tried. Default 200. */
  readonly shrinkRuns?: number;
  /** Starts no further one after this. Default: no limit. */
  readonly withinMs?: number;
  /** Ends it after the simulation under way. */
  readonly signal?: AbortSignal;
  /** Gets each line of the event logs. */
  readonly print?: ((line: string) => void) | undefined;
  /** Called after each. */
  readonly done?: (simulation: Simulation) => void;
}

/** A simulation that broke promises. */
export interface BrokenSeed {
  readonly seed: number;
  readonly broken: readonly string[];
  /** The flags of `vote sim` that repeat it. */
  readonly flags: string;
  readonly events: number;
  /** The shortest one found that breaks a promise as this one does. */
  readonly shortest?: BrokenSeed;
}

/** What all simulations led to. */
export interface SeedsReport {
  readonly from: number;
  readonly seeds: number;
  readonly seconds: number;
  readonly seedsPerSecond: number;
  readonly eventsPerSecond: number;
  readonly events: number;
  /** Simulated time. */
  readonly virtualSeconds: number;
  readonly acknowledged: number;
  readonly decided: number;
  /** How often each kind of fault happened; 0 for one that never did. */
  readonly faults: Readonly<Record<string, number>>;
  /** How often the system was in states that are worth reaching. */
  readonly reached: Readonly<Record<string, number>>;
  /** SHA-256 of the event log, if it was one seed. */
  readonly digest?: string;
  readonly failed: readonly BrokenSeed[];
}

/** Runs one simulation after the other. */
export async function runSeeds(options: SeedsOptions): Promise<SeedsReport> {
  const { from, seeds, withinMs = Number.POSITIVE_INFINITY, signal, print, done } = options;
  const { limits = {}, shrinkRuns = 200 } = options;
  const newStores = await loadMemoryEngines();
  const startedAt = performance.now();
  const faults = new Map<string, number>(faultKinds.map((kind) => [kind, 0]));
  const reached = new Map<string, number>();
  const total = { events: 0, virtualMs: 0, acknowledged: 0, decided: 0 };
  const failed: BrokenSeed[] = [];
  let ran = 0;
  let digest = "";
  while (ran < seeds && performance.now() - startedAt < withinMs && !signal?.aborted) {
    const run = (kept: Limits) => simulate(from + ran, newStores, { limits: kept, print });
    const simulation = await run(limits);
    if (simulation.broken.length > 0) {
      const found = await shrink({ simulation, limits, run, maxRuns: shrinkRuns });
      const shortest = found.limits === limits ? {} : { shortest: brokenSeed(found) };
      failed.push({ ...brokenSeed({ simulation, limits }), ...shortest });
    }
    ran++;
    digest = simulation.digest;
    for (const name of ["events", "virtualMs", "acknowledged", "decided"] as const) {
      total[name] += simulation[name];
    }
    addAll(faults, simulation.fired);
    addAll(reached, simulation.reached);
    done?.(simulation);
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const { events, virtualMs, acknowledged, decided } = total;
  return {
    ...{ from, seeds: ran, seconds: rounded(seconds) },
    seedsPerSecond: rounded(ran / seconds),
    eventsPerSecond: Math.round(events / seconds),
    ...{ events, virtualSeconds: Math.round(virtualMs / 1_000), acknowledged, decided },
    faults: Object.fromEntries(faults),
    reached: Object.fromEntries([...reached].sort(([one], [other]) => (one < other ? -1 : 1))),
    ...(ran === 1 ? { digest } : {}),
    failed,
  };
}

function brokenSeed(run: { readonly simulation: Simulation; readonly limits: Limits }): BrokenSeed {
  const { seed, broken, events } = run.simulation;
  return { seed, broken, events, flags: flagsOf(seed, run.limits) };
}

function addAll(sums: Map<string, number>, more: ReadonlyMap<string, number>): void {
  for (const [name, count] of more) sums.set(name, (sums.get(name) ?? 0) + count);
}

const rounded = (number: number) => Math.round(number * 10) / 10;
