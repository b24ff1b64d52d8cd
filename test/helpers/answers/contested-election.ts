import { type DecisionName, keptRejections } from "../../../src/runtime/core/formats/decision.js";
import { frameHeaderBytes } from "../../../src/runtime/core/formats/frame.js";
import { localAdmin } from "../../../src/runtime/elections/local-admin.js";
import { startTally } from "../../../src/runtime/tally/tally.js";
import type { Engine } from "../../../src/runtime/wiring/engine.js";
import { closeAndSeal } from "../audit.js";
import { ballotOf, frameOf } from "../data/ballots.js";
import { openTestElection } from "../data/election.js";
import { promisedFrame } from "../data/receipts.js";
import { testKey } from "../data/test-keys.js";
import { eventually } from "../temporary.js";

export const contestedId = "contested";
const partitions = 2;
const settlesWithinMs = 60_000;

/** Voter, ballot, choice and what has to become of it. */
type Vote = readonly [voter: number, ballot: number, choice: number, fate: DecisionName | "repeat"];

const unkept = 3;
/** The first rejected ballots of one voter are kept, the others are only counted. */
const insistent = Array.from(
  { length: keptRejections + unkept },
  (_, index): Vote => [8, 20 + index, 1, "already-voted"],
);
const rounds: readonly (readonly Vote[])[] = [
  [
    [1, 1, 0, "counted"],
    [2, 2, 1, "counted"],
    [8, 3, 0, "counted"],
  ],
  [
    [1, 4, 1, "already-voted"],
    [2, 2, 1, "repeat"],
    [4, 5, 2, "counted"],
  ],
  [[5, 6, 0, "counted"], [6, 7, 9, "unknown-candidate"], ...insistent],
];
const late: readonly Vote[] = [[7, 8, 0, "election-closed"]];

/** A ballot's receipt, and what its voter expects. */
export interface Expected {
  readonly ballotId: string;
  readonly receipt: string;
  readonly fate: Vote[3];
}

/** What every way of counting has to say of it. */
export const contestedAnswer = {
  result: [
    { candidate: "c0", votes: 3 * partitions },
    { candidate: "c1", votes: partitions },
    { candidate: "c2", votes: partitions },
  ],
  counted: 5 * partitions,
  rejected: {
    "already-voted": (1 + keptRejections + unkept) * partitions,
    "election-closed": partitions,
    "unknown-candidate": partitions,
  },
  retriesAbsorbed: partitions,
};

/** So many decisions are kept one by one. */
export const keptDecisions = (5 + 1 + keptRejections + 1 + 1) * partitions;

/**
 * A closed election with second votes, repetitions, more rejections of a voter than are kept, an
 * unknown candidate, late ballots, a stranger's frame and a record that an admin voids: sealed and
 * decided to the log's end by a real tally, and shown by the view. Its trail also suspends a
 * gateway, and demands a proof of work.
 *
 * @returns each ballot in the order of its partition's log
 */
export async function contestedElection(engine: Engine): Promise<readonly Expected[]> {
  const election = await openTestElection(engine, contestedId, partitions);
  await guard(engine);
  const tally = await startTally({ ...engine, checkFinishedEveryMs: 50 });
  const expected: Expected[] = [];
  const append = async (votes: readonly Vote[], sequence: number) => {
    for (let partition = 0; partition < partitions; partition++) {
      // The voter's first word chooses the partition.
      const ballots = votes.map(([voter, ballot, choice]) =>
        ballotOf(voter * partitions + partition, ballot * partitions + partition, choice),
      );
      const { bytes, receipt } = promisedFrame(election, partition, ballots, sequence);
      const [position] = await engine.log.append([{ election: contestedId, partition, bytes }]);
      for (const [index, { ballotId }] of ballots.entries()) {
        const id = Buffer.from(ballotId).toString("hex");
        expected.push({ ballotId: id, receipt: receipt(index, position), fate: votes[index][3] });
      }
    }
  };
  const shown = async (position: number, partition: number) =>
    (await engine.view.get(contestedId)).partitions.some(
      (one) => one.partition === partition && one.position >= position,
    );
  for (const [index, votes] of rounds.entries()) {
    await append(votes, index + 1);
    if (index === 0) await forgeAndVoid(engine, shown);
  }
  await closeAndSeal(engine, election);
  await append(late, rounds.length + 1);
  for (let partition = 0; partition < partitions; partition++) {
    const end = await engine.log.end(contestedId, partition);
    await eventually("the late ballot is shown", () => shown(end, partition), settlesWithinMs);
  }
  await tally.stop();
  return expected;
}

/** What an admin does about abuse while an election is open: it changes no decision. */
async function guard(engine: Engine): Promise<void> {
  const admin = localAdmin(engine);
  const word = { gateway: "booth-7", suspended: true, reason: "It sends what nobody cast." };
  await admin.judgeGateway(contestedId, word, "ada");
  await admin.askForProof(contestedId, true, "ada");
}

/** In partition 1: ballots that nobody trusted has signed, and a record that cannot be read. */
async function forgeAndVoid(
  engine: Engine,
  shown: (position: number, partition: number) => Promise<boolean>,
): Promise<void> {
  const partition = 1;
  const election = await engine.registry.get(contestedId);
  if (election === undefined) throw new Error("the election is open before");
  const invented = [ballotOf(2_001, 9_001, 2), ballotOf(2_003, 9_003, 2)];
  const damaged = frameOf(election, partition, invented);
  damaged[frameHeaderBytes + 7] ^= 1;
  const records = [frameOf(election, partition, invented, 1, testKey(9)), damaged];
  const appended = records.map((bytes) => ({ election: contestedId, partition, bytes }));
  const position = (await engine.log.append(appended))[1];
  await eventually("it halts there", () => shown(position, partition), settlesWithinMs);
  const place = { partition, position, reason: "No replica has it whole." };
  await localAdmin(engine).voidRecord(contestedId, place, "ada");
}
