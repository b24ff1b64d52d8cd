import { randomInt } from "node:crypto";
import type { EngineChoice } from "../config/engine-choice.js";
import { closeElection } from "../elections/closing.js";
import { createAndStore, openElection } from "../elections/elections.js";
import { untilFollowed } from "../elections/scenario-election.js";
import { overrideScenario } from "../load/scenario/override.js";
import type { Scenario } from "../load/scenario/scenario.js";
import { formatMilliseconds, formatSeconds } from "../text/numbers.js";
import { systemClock } from "../time/clock.js";
import type { Engine } from "../wiring/engine.js";
import { generate } from "./load/load-processes.js";

interface WarmUpOptions {
  readonly scenario: Scenario;
  readonly signal: AbortSignal;
  /** Hears of each step, one sentence each. */
  readonly onStep: (what: string) => void;
}

const actor = "vote demo";
const roundSeconds = 3;
const mostRounds = 6;
/** Servers that have just started compile their code first, and show votes late until then. */
const warmVisibleMs = 400;

/**
 * Sends the demo's votes into an election of their own until the servers are warm. Nothing of it
 * counts: neither its votes nor its times.
 *
 * @param target the ingest's address
 */
export async function warmUp(
  engine: Engine,
  choice: EngineChoice,
  target: string,
  { scenario, signal, onStep }: WarmUpOptions,
): Promise<void> {
  const { now, wallClock } = systemClock;
  const startedAt = now();
  onStep("Warming up the servers with votes for another election: not counted, not measured");
  const id = `warm-up-${wallClock().toString(36)}`;
  const candidates = (scenario.candidates ?? []).map(({ id: candidate, name }) => {
    return { id: candidate, name };
  });
  const { partitions = 8 } = scenario;
  const draft = { id, title: "Warm-up", candidates, partitions };
  await createAndStore(engine, draft, wallClock(), actor);
  const election = await openElection(engine, id, wallClock(), actor);
  await untilFollowed(engine, election);
  const round = overrideScenario(scenario, { durationSeconds: roundSeconds });
  let visibleMs = Number.POSITIVE_INFINITY;
  for (let rounds = 0; rounds < mostRounds && visibleMs > warmVisibleMs; rounds++) {
    if (signal.aborted) break;
    const seed = randomInt(2 ** 32);
    const processes = { count: 1, choice };
    const outcome = await generate({
      ...{ engine, election, seed, scenario: round, target, processes, signal },
    });
    visibleMs = outcome.latencies.visible.percentile(99);
  }
  await closeElection(engine, id, { by: actor });
  const took = formatSeconds(now() - startedAt);
  const what = visibleMs > warmVisibleMs ? "The servers are still slow after" : "Warmed up in";
  onStep(`${what} ${took}: visible p99 ${formatMilliseconds(visibleMs)} ms`);
}
