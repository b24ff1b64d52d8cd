import { randomInt } from "node:crypto";
import type { EngineChoice } from "../config/engine-choice.js";
import { VoteError } from "../core/errors.js";
import { requireElection } from "../elections/elections.js";
import { withScenarioElection } from "../elections/scenario-election.js";
import { overrideScenario } from "../load/scenario/override.js";
import type { Scenario } from "../load/scenario/scenario.js";
import { type WorkWatch, watchSeconds } from "../telemetry/work-watch.js";
import { formatMilliseconds, formatSeconds } from "../text/numbers.js";
import { systemClock } from "../time/clock.js";
import type { Engine } from "../wiring/engine.js";
import { type GenerateOptions, generate } from "./load/load-processes.js";

interface WarmUpOptions {
  readonly scenario: Scenario;
  readonly signal: AbortSignal;
  /** Hears how long it takes. */
  readonly watch: WorkWatch;
  /** Hears of each step, one sentence each. */
  readonly onStep: (what: string) => void;
}

/** Programs that have just started compile their code first, and show votes late until then. */
const warmVisibleMs = { cluster: 400, embedded: 200 };
const roundSeconds = { cluster: 3, embedded: 2 };
const mostRounds = { cluster: 6, embedded: 3 };
/** No round begins later than this, however few there were. */
const roundsBeginWithinMs = 30_000;
/** A round's votes that are not visible by then are not waited for. */
const givenUpAfterMs = 10_000;

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
 * @throws VoteError `interrupted` by the signal; `not-running`, `not-sealed`, or what sending
 *   throws. Its election is closed in any case.
 */
export async function warmUp(
  engine: Engine,
  choice: EngineChoice,
  target: string,
  options: WarmUpOptions,
): Promise<void> {
  const { scenario, signal, watch, onStep } = options;
  const startedAt = systemClock.now();
  onStep("Warming up with votes for another election: not counted, not measured");
  const visibleMs = await withScenarioElection(
    engine,
    { ...scenario, name: "Warm-up" },
    async (id, close) => {
      const election = await requireElection(engine, id);
      const reached = await sendRounds({ engine, election, target }, choice, options);
      if (signal.aborted) return reached;
      // Sealing its partitions is work that the demo's votes should not have to wait for.
      await watchSeconds(watch, "Closing the warm-up", undefined, close);
      return reached;
    },
    watch,
    "vote demo",
  );
  if (signal.aborted) {
    throw new VoteError("interrupted", "The demo was interrupted while it warmed up.", {
      hint: "None of its votes had been sent. Run it again.",
    });
  }
  const took = formatSeconds(systemClock.now() - startedAt);
  onStep(warmUpText(took, visibleMs, warmVisibleMs[engine.name]));
}

/**
 * Says how a warm-up ended.
 *
 * @param took      for people: "6.1 s"
 * @param visibleMs p99 of the last round, in milliseconds; undefined if none of its votes was seen
 * @param enoughMs  up to which it is warm
 */
export function warmUpText(took: string, visibleMs: number | undefined, enoughMs: number): string {
  if (visibleMs === undefined) return `Not warm after ${took}: no vote became visible in time`;
  const what = visibleMs <= enoughMs ? "Warmed up in" : "Still slow after";
  return `${what} ${took}: visible p99 ${formatMilliseconds(visibleMs)} ms`;
}

/** @returns the last round's p99 in milliseconds; undefined if none of its votes was seen */
async function sendRounds(
  to: Pick<GenerateOptions, "engine" | "election" | "target">,
  choice: EngineChoice,
  { scenario, signal, watch }: WarmUpOptions,
): Promise<number | undefined> {
  const { name } = to.engine;
  const round = overrideScenario(scenario, { durationSeconds: roundSeconds[name] });
  const processes = name === "cluster" ? { count: 1, choice } : undefined;
  const bounds = { giveUpAfterMs: givenUpAfterMs, drainWithinMs: givenUpAfterMs };
  const lastBegins = systemClock.now() + roundsBeginWithinMs;
  let visibleMs: number | undefined;
  for (let rounds = 0; rounds < mostRounds[name]; rounds++) {
    if (signal.aborted || systemClock.now() > lastBegins) break;
    const seed = randomInt(2 ** 32);
    const sending = { ...to, ...bounds, seed, scenario: round, processes, signal };
    const outcome = await watchSeconds(watch, "Warming up", undefined, () => generate(sending));
    const { visible } = outcome.latencies;
    visibleMs = visible.count === 0 ? undefined : visible.percentile(99);
    if (visibleMs !== undefined && visibleMs <= warmVisibleMs[name]) break;
  }
  return visibleMs;
}
