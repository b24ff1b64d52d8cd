import { expect } from "vitest";
import { ballotBytes, readBallot } from "../../src/runtime/core/ballot.js";
import { decisionNames } from "../../src/runtime/core/decision.js";
import type { Election } from "../../src/runtime/core/election.js";
import { closeElection } from "../../src/runtime/orchestrate/elections.js";
import { recountElection } from "../../src/runtime/recount/recount.js";
import { waitForSeals } from "../../src/runtime/recount/wait-for-seals.js";
import { PartitionTally } from "../../src/runtime/tally/partition-tally.js";
import type { Engine } from "../../src/runtime/wiring.js";
import { chainOf, openTestEngine } from "./election.js";
import { eventually } from "./temporary.js";
import type { VoterCrowd } from "./voter-crowd.js";

/** A ballot with what was decided: `ID DECISION`, in the order of the chain. */
async function decisionsOf(engine: Engine, election: string, partition: number) {
  const chain = await chainOf(engine.ledger, election, partition);
  return chain.flatMap((segment) =>
    [...segment.decisions].map((decision, index) => {
      const { ballotId } = readBallot(segment.ballots, index * ballotBytes);
      return { ballotId: Buffer.from(ballotId).toString("hex"), decision: decisionNames[decision] };
    }),
  );
}

/** Closes the election and waits until every partition is sealed. */
export async function closeAndSeal(engine: Engine, election: Election): Promise<void> {
  await closeElection(engine, election.id, Date.now());
  const { ledger, log } = engine;
  await waitForSeals({ election, ledger, log, timeoutMs: 60_000 });
}

/**
 * The promise, checked to the ballot: every acknowledged ballot is decided exactly once and as
 * expected; nothing else is in the ledger; the chains verify; ledger, log and view agree.
 */
export async function expectReconciled(
  engine: Engine,
  election: Election,
  crowd: VoterCrowd,
): Promise<void> {
  expect(crowd.refusals).toEqual([]);
  const decided = new Map<string, string>();
  const problems: string[] = [];
  for (let partition = 0; partition < election.partitions; partition++) {
    for (const { ballotId, decision } of await decisionsOf(engine, election.id, partition)) {
      if (decided.has(ballotId)) problems.push(`${ballotId} decided twice`);
      if (!crowd.acknowledged.has(ballotId)) problems.push(`${ballotId} was never acknowledged`);
      decided.set(ballotId, decision);
    }
  }
  for (const { ballotId, expected } of crowd.acknowledged.values()) {
    const decision = decided.get(ballotId) ?? "lost";
    if (decision !== expected) problems.push(`${ballotId} is ${decision}, not ${expected}`);
  }
  expect(problems).toEqual([]);
  for (const from of ["ledger", "log"] as const) {
    const report = await recountElection({ election: election.id, ...engine, from });
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({ agrees: true, sealed: true, ballots: decided.size });
  }
  await expectViewAgrees(engine, election, crowd);
}

async function expectViewAgrees(engine: Engine, election: Election, crowd: VoterCrowd) {
  const counts = election.candidates.map(
    ({ id }) =>
      [...crowd.acknowledged.values()].filter(
        ({ choice, expected }) => choice === id && expected === "counted",
      ).length,
  );
  await eventually("the view to show the crowd's own count", async () => {
    const { partitions } = await engine.view.get(election.id);
    return counts.every(
      (count, index) => partitions.reduce((sum, one) => sum + one.counts[index], 0) === count,
    );
  });
}

/** The whole log, folded again into an empty ledger in other batches, decides the same. */
export async function expectReplayAgrees(engine: Engine, election: Election): Promise<void> {
  const fresh = await openTestEngine();
  for (let partition = 0; partition < election.partitions; partition++) {
    const tally = await PartitionTally.load({
      election: election.id,
      partition,
      candidates: election.candidates.length,
      ledger: fresh.ledger,
      events: { event: () => undefined },
      stopping: new AbortController().signal,
      committed: () => undefined,
    });
    for (let size = 1; ; size = (size * 7) % 100_003) {
      const records = await engine.log.read(election.id, partition, tally.position, size);
      if (records.length === 0) break;
      expect(await tally.process(records)).toBe("committed");
    }
    expect(await decisionsOf(fresh, election.id, partition)).toEqual(
      await decisionsOf(engine, election.id, partition),
    );
  }
}
