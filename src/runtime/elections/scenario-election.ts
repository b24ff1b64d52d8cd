import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { defaultPartitions } from "../core/limits.js";
import type { Scenario } from "../load/scenario/scenario.js";
import { waitForSeals } from "../recount/wait-for-seals.js";
import { noWatch, type WorkWatch, watchSeconds } from "../telemetry/work-watch.js";
import { systemClock } from "../time/clock.js";
import type { Engine } from "../wiring/engine.js";
import { closeElection } from "./closing.js";
import { createAndStore, openElection } from "./elections.js";

const followedWithinMs = 30_000;
const sealsWithinMs = 60_000;

/**
 * Opens an election with a scenario's candidates and partitions for one run, and closes it in any
 * case afterwards.
 *
 * @param run gets the election's id, and what closes and seals it once everything is visible
 * @param watch hears how long the tally takes to take the election up
 * @param actor who the election's trail says it was
 * @throws VoteError `not-running` when no tally takes the election up; what `run` throws
 */
export async function withScenarioElection<T>(
  engine: Engine,
  scenario: Scenario,
  run: (election: string, close: () => Promise<void>) => Promise<T>,
  watch: WorkWatch = noWatch,
  actor = "vote load",
): Promise<T> {
  const { name, candidates = [], partitions = defaultPartitions[engine.name] } = scenario;
  const id = `${idOf(name)}-${systemClock.wallClock().toString(36)}`;
  const named = candidates.map((candidate) => ({ id: candidate.id, name: candidate.name }));
  await createAndStore(
    engine,
    { id, title: name, candidates: named, partitions },
    systemClock.wallClock(),
    actor,
  );
  const election = await openElection(engine, id, systemClock.wallClock(), actor);
  let isClosed = false;
  const close = async () => {
    isClosed = true;
    await closeElection(engine, id, { by: actor });
    await waitForSeals({ ...engine, election, timeoutMs: sealsWithinMs });
  };
  try {
    const waiting = "Waiting for the tally to take up the election";
    await watchSeconds(watch, waiting, undefined, () => untilFollowed(engine, election));
    return await run(id, close);
  } finally {
    // Closed, it is out of the way of commands that look for the only open election.
    if (!isClosed) await closeElection(engine, id, { by: actor });
  }
}

const maxNameInId = 20;

function idOf(name: string): string {
  const plain = name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return plain.replace(/^-/, "").slice(0, maxNameInId).replace(/-$/, "") || "load";
}

/**
 * Waits until every partition has its tally, as an operator does before the show: joining the group
 * is not part of any ballot's latency.
 *
 * @throws VoteError `not-running` when no tally takes the election up
 */
export async function untilFollowed({ view }: Engine, { id, partitions }: Election): Promise<void> {
  const giveUpAt = systemClock.now() + followedWithinMs;
  while ((await view.get(id)).partitions.length < partitions) {
    if (systemClock.now() > giveUpAt) {
      throw new VoteError("not-running", `No tally has taken up election ${id}.`, {
        hint: "Start `vote dev`, or a `vote tally` over the same data.",
      });
    }
    await systemClock.sleep(20);
  }
}
