import { randomInt } from "node:crypto";
import type { EngineChoice } from "../config/engine-choice.js";
import { defaultPartitions } from "../core/limits.js";
import { closeElection } from "../elections/closing.js";
import { createAndStore, openElection } from "../elections/elections.js";
import { untilFollowed } from "../elections/scenario-election.js";
import { overrideScenario } from "../load/scenario/override.js";
import type { Scenario } from "../load/scenario/scenario.js";
import { type WorkWatch, watchSeconds } from "../telemetry/work-watch.js";
import { formatMilliseconds, formatSeconds } from "../text/numbers.js";
import { systemClock } from "../time/clock.js";
import type { Engine } from "../wiring/engine.js";
import { generate } from "./load/load-processes.js";

interface WarmUpOptions {
  readonly scenario: Scenario;
  readonly signal: AbortSignal;
  /** Hears how long it takes. */
  readonly watch: WorkWatch;
  /** Hears of each step, one sentence each. */
  readonly onStep: (what: string) => void;
}

const actor = "vote demo";
/** Programs that have just started compile their code first, and show votes late until then. */
const warmVisibleMs = { cluster: 400, embedded: 200 };
const roundSeconds = { cluster: 3, embedded: 2 };
const mostRounds = { cluster: 6, embedded: 3 };

/**
 * Whether a demo of the scenario needs it. Straight into the log of the embedded engine, hardly
 * any code is between the generator and the tally.
 */
export function needsWarmUp({ name }: Pick<Engine, "name">, { streams }: Scenario): boolean {
  return name === "cluster" || streams.some(({ via }) => via === "http-batch");
}

/**
 * Sends the demo's votes into an election of their own until everything is warm. Nothing of it
 * counts: neither its votes nor its times.
 *
 * @param target the ingest's address
 */
export async function warmUp(
  engine: Engine,
  choice: EngineChoice,
  target: string,
  { scenario, signal, watch, onStep }: WarmUpOptions,
): Promise<void> {
  const { now, wallClock } = systemClock;
  const startedAt = now();
  const { name } = engine;
  onStep("Warming up with votes for another election: not counted, not measured");
  const id = `warm-up-${wallClock().toString(36)}`;
  const candidates = (scenario.candidates ?? []).map(({ id: candidate, name }) => {
    return { id: candidate, name };
  });
  const { partitions = defaultPartitions[name] } = scenario;
  const draft = { id, title: "Warm-up", candidates, partitions };
  await createAndStore(engine, draft, wallClock(), actor);
  const election = await openElection(engine, id, wallClock(), actor);
  await untilFollowed(engine, election);
  const round = overrideScenario(scenario, { durationSeconds: roundSeconds[name] });
  let visibleMs = Number.POSITIVE_INFINITY;
  for (let rounds = 0; rounds < mostRounds[name] && visibleMs > warmVisibleMs[name]; rounds++) {
    if (signal.aborted) break;
    const seed = randomInt(2 ** 32);
    const processes = name === "cluster" ? { count: 1, choice } : undefined;
    const sending = { engine, election, seed, scenario: round, target, processes, signal };
    const outcome = await watchSeconds(watch, "Warming up", undefined, () => generate(sending));
    visibleMs = outcome.latencies.visible.percentile(99);
  }
  await closeElection(engine, id, { by: actor });
  const took = formatSeconds(now() - startedAt);
  const isWarm = visibleMs <= warmVisibleMs[name];
  const what = isWarm ? "Warmed up in" : "Still slow after";
  onStep(`${what} ${took}: visible p99 ${formatMilliseconds(visibleMs)} ms`);
}
