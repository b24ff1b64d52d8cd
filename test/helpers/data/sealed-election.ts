import type { Election } from "../../../src/runtime/core/election.js";
import { closeElection } from "../../../src/runtime/elections/closing.js";
import { untilTallied } from "../../../src/runtime/elections/final-tally.js";
import { waitForSeals } from "../../../src/runtime/recount/wait-for-seals.js";
import { startTally } from "../../../src/runtime/tally/tally.js";
import type { Engine } from "../../../src/runtime/wiring/engine.js";
import { SkippingClock } from "../test-clock.js";
import { ballotOf, frameOf } from "./ballots.js";
import { openTestElection } from "./election.js";

/** What is voted in each of the two partitions: voter, ballot and choice, by frame. */
const rounds = [
  [
    [1, 1, 0],
    [2, 2, 1],
    [3, 3, 0],
  ],
  // Voter 1 votes again, and ballot 2 is sent again.
  [
    [1, 4, 1],
    [2, 2, 1],
    [4, 5, 2],
  ],
  [
    [5, 6, 0],
    [6, 7, 9],
  ],
] as const;

/** By candidate, in the whole election. */
export const sealedResult = [
  { candidate: "c0", votes: 6 },
  { candidate: "c1", votes: 2 },
  { candidate: "c2", votes: 2 },
];

/**
 * A closed election of two partitions and three candidates, which a real tally has decided and
 * sealed: three frames and a close marker a partition, in as many segments.
 */
export async function sealedElection(engine: Engine, id = "demo"): Promise<Election> {
  const election = await openTestElection(engine, id, 2);
  const tally = await startTally(engine);
  for (const [round, votes] of rounds.entries()) {
    const frames = [0, 1].map((partition) => {
      // The voter's first word chooses the partition; there are two.
      const ballots = votes.map(([voter, ballot, choice]) =>
        ballotOf(voter * 2 + partition, ballot * 2 + partition, choice),
      );
      return { election: id, partition, bytes: frameOf(id, partition, ballots, round + 1) };
    });
    await engine.log.append(frames);
    if (!(await untilTallied(engine, election, 60_000))) throw new Error("the tally is too slow");
  }
  const closed = await closeElection(engine, id, { clock: new SkippingClock() });
  await waitForSeals({ election, ledger: engine.ledger, log: engine.log, timeoutMs: 60_000 });
  await tally.stop();
  return closed;
}
