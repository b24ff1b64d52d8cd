import type { FaultKind } from "./faults/fault-plan.js";
import type { Limits } from "./faults/limits.js";
import type { Simulation } from "./simulate.js";

/** The smallest simulation found that breaks a promise as another one did. */
export interface Shrunk {
  readonly limits: Limits;
  readonly simulation: Simulation;
  /** How many simulations the search took. */
  readonly runs: number;
}

interface ShrinkOptions {
  readonly simulation: Simulation;
  readonly limits?: Limits;
  /** Simulates the same seed. */
  readonly run: (limits: Limits) => Promise<Simulation>;
  readonly maxRuns: number;
}

/** Looks for a shorter schedule that breaks a promise that the simulation broke. */
export async function shrink(options: ShrinkOptions): Promise<Shrunk> {
  const { run, maxRuns } = options;
  const promises = new Set(options.simulation.broken.map(promiseOf));
  let { simulation, limits = {} } = options;
  const tried = new Set<string>();
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false;
    for (const smaller of smallerThan(limits, simulation)) {
      if (tried.size === maxRuns) break;
      const name = JSON.stringify(smaller);
      if (tried.has(name)) continue;
      tried.add(name);
      const found = await run(smaller);
      if (!found.broken.some((what) => promises.has(promiseOf(what)))) continue;
      [limits, simulation, isSmaller] = [smaller, found, true];
      break;
    }
  }
  return { limits, simulation, runs: tried.size };
}

/** The words for what is broken begin with the promise. */
const promiseOf = (broken: string) => broken.split(":", 1)[0];

/** What may be smaller, the largest steps first. */
function* smallerThan(limits: Limits, { fired, size }: Simulation): Generator<Limits> {
  const faults: readonly FaultKind[] = limits.faults ?? [...fired.keys()];
  if (limits.faults === undefined) yield { ...limits, faults };
  for (let many = faults.length; many >= 1; many = Math.floor(many / 2)) {
    for (let from = 0; from < faults.length; from += many) {
      yield { ...limits, faults: faults.toSpliced(from, many) };
    }
  }
  for (const name of ["voters", "roles", "partitions", "seconds"] as const) {
    const now = limits[name] ?? size[name];
    for (const fewer of new Set([1, now >> 2, now >> 1, now - 1])) {
      if (fewer >= 1 && fewer < now) yield { ...limits, [name]: fewer };
    }
  }
}
