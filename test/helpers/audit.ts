import { expect } from "vitest";
import { reconcile } from "../../src/runtime/chaos/audit/audit.js";
import { type Replay, replay } from "../../src/runtime/chaos/audit/replay.js";
import type { VoterCrowd } from "../../src/runtime/chaos/scene/voter-crowd.js";
import type { Election } from "../../src/runtime/core/election.js";
import { closeElection } from "../../src/runtime/elections/closing.js";
import { waitForSeals } from "../../src/runtime/recount/wait-for-seals.js";
import type { Engine } from "../../src/runtime/wiring/engine.js";
import { openTestEngine } from "./data/election.js";
import { SkippingClock } from "./test-clock.js";

/**
 * Closes the election and waits until every partition is sealed. Nobody votes any more, so the
 * seconds until the markers need not pass.
 */
export async function closeAndSeal(engine: Engine, election: Election): Promise<void> {
  await closeElection(engine, election.id, { clock: new SkippingClock() });
  const { ledger, log } = engine;
  await waitForSeals({ election, ledger, log, timeoutMs: 60_000 });
}

/** The promise, checked to the ballot. */
export async function expectReconciled(
  engine: Engine,
  election: Election,
  crowd: VoterCrowd,
): Promise<void> {
  expect((await reconcile(engine, election, crowd)).problems).toEqual([]);
}

/** The whole log, folded again into an empty ledger, decides the same, ballot by ballot. */
export async function expectReplayAgrees(engine: Engine, election: Election): Promise<Replay> {
  const again = await replay(engine, election, await openTestEngine());
  expect(again.differences).toEqual([]);
  return again;
}
