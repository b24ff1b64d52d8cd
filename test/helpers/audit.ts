import { expect } from "vitest";
import type { Election } from "../../src/runtime/core/election.js";
import { ballotBytes, readBallot } from "../../src/runtime/core/formats/ballot.js";
import { decisionNames } from "../../src/runtime/core/formats/decision.js";
import { closeElection } from "../../src/runtime/elections/closing.js";
import { recountElection } from "../../src/runtime/recount/recount.js";
import { waitForSeals } from "../../src/runtime/recount/wait-for-seals.js";
import { PartitionTally } from "../../src/runtime/tally/partition-tally.js";
import type { Engine } from "../../src/runtime/wiring.js";
import { chainOf, openTestEngine } from "./data/election.js";
import type { VoterCrowd } from "../../src/runtime/chaos/scene/voter-crowd.js";
import { eventually } from "./temporary.js";
import { SkippingClock } from "./test-clock.js";

/** Every ballot with what was decided of it, in the order of the chain. */
async function decisionsOf(engine: Engine, election: string, partition: number) {
  const chain = await chainOf(engine.ledger, election, partition);
  return chain.flatMap((segment) =>
    [...segment.decisions].map((decision, index) => {
      const { ballotId, voterTag } = readBallot(segment.ballots, index * ballotBytes);
      return {
        ballotId: Buffer.from(ballotId).toString("hex"),
        voterTag: Buffer.from(voterTag).toString("hex"),
        decision: decisionNames[decision],
      };
    }),
  );
}

/** The log position after each segment of a chain. */
export async function cutsOf(engine: Engine, election: string, partition: number) {
  const chain = await chainOf(engine.ledger, election, partition);
  return chain.map(({ positionTo }) => positionTo);
}

/**
 * Closes the election and waits until every partition is sealed. Nobody votes any more, so the
 * seconds until the markers need not pass.
 */
export async function closeAndSeal(engine: Engine, election: Election): Promise<void> {
  await closeElection(engine, election.id, { clock: new SkippingClock() });
  const { ledger, log } = engine;
  await waitForSeals({ election, ledger, log, timeoutMs: 60_000 });
}

/** The ledger held against what the crowd was promised. */
export interface Account {
  readonly acknowledged: number;
  readonly decided: number;
  /** Acknowledged and never decided. */
  readonly lost: number;
  /** Ballots decided more than once, and voters counted more than once. */
  readonly double: number;
  /** Those, and whatever else is not as promised. */
  readonly problems: readonly string[];
}

export async function accountFor(
  engine: Engine,
  election: Election,
  crowd: VoterCrowd,
): Promise<Account> {
  const decided = new Map<string, string>();
  const counted = new Set<string>();
  const problems: string[] = [];
  let double = 0;
  for (let partition = 0; partition < election.partitions; partition++) {
    const decisions = await decisionsOf(engine, election.id, partition);
    for (const { ballotId, voterTag, decision } of decisions) {
      const twice = decided.has(ballotId) || (decision === "counted" && counted.has(voterTag));
      if (twice) problems.push(`${ballotId} or its voter is decided twice`);
      if (twice) double++;
      if (!crowd.acknowledged.has(ballotId)) problems.push(`${ballotId} was never acknowledged`);
      if (decision === "counted") counted.add(voterTag);
      decided.set(ballotId, decision);
    }
  }
  let lost = 0;
  for (const { ballotId, expected } of crowd.acknowledged.values()) {
    const decision = decided.get(ballotId) ?? "lost";
    if (decision === "lost") lost++;
    if (decision !== expected) problems.push(`${ballotId} is ${decision}, not ${expected}`);
  }
  return {
    acknowledged: crowd.acknowledged.size,
    decided: decided.size,
    lost,
    double,
    problems: [...crowd.refusals, ...problems],
  };
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
  const { problems, decided: ballots } = await accountFor(engine, election, crowd);
  expect(problems).toEqual([]);
  for (const from of ["ledger", "log"] as const) {
    const report = await recountElection({ election: election.id, ...engine, from });
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({ agrees: true, sealed: true, ballots });
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

/**
 * The whole log, folded again into an empty ledger in other batches, decides the same, ballot by
 * ballot.
 *
 * @returns how many ballots, and where the new segments end, by partition
 */
export async function expectReplayAgrees(
  engine: Engine,
  election: Election,
): Promise<{ ballots: number; cuts: number[][] }> {
  const fresh = await openTestEngine();
  let ballots = 0;
  const cuts: number[][] = [];
  for (let partition = 0; partition < election.partitions; partition++) {
    const tally = await PartitionTally.load({
      election,
      reread: async () => election,
      partition,
      ledger: fresh.ledger,
      log: engine.log,
      events: { event: () => undefined },
      stopping: new AbortController().signal,
      committed: () => undefined,
    });
    for (let size = 1; ; size = (size * 7) % 100_003) {
      const records = await engine.log.read(election.id, partition, tally.position, size);
      if (records.length === 0) break;
      expect(await tally.process(records)).toBe("committed");
    }
    const decisions = await decisionsOf(fresh, election.id, partition);
    expect(decisions).toEqual(await decisionsOf(engine, election.id, partition));
    ballots += decisions.length;
    cuts.push(await cutsOf(fresh, election.id, partition));
  }
  return { ballots, cuts };
}
