import { expect, it } from "vitest";
import { accountFor } from "../../../src/runtime/chaos/audit/account.js";
import { Phase } from "../../../src/runtime/chaos/scene/phase.js";
import type { AcknowledgedBallot } from "../../../src/runtime/chaos/scene/voter-crowd.js";
import { ballotOf } from "../../helpers/data/ballots.js";
import { encodeChain, honestChain, storeChain } from "../../helpers/data/chains.js";
import { openTestEngine } from "../../helpers/data/election.js";

const [counted, alreadyVoted] = [0, 1];
const idOf = (ballot: number) => Buffer.from(ballotOf(1, ballot).ballotId).toString("hex");

/** What a crowd knows of its ballots, by their numbers. */
function crowdOf(ballots: Record<number, Pick<AcknowledgedBallot, "expected" | "during">>) {
  const acknowledged = new Map<string, AcknowledgedBallot>();
  for (const [number, known] of Object.entries(ballots)) {
    const ballotId = idOf(Number(number));
    acknowledged.set(ballotId, { voter: "v", choice: "c", ballotId, ...known });
  }
  return { acknowledged, refusals: ["a refusal"] };
}

it("names each ballot that is lost, double or invented, and when it was taken", async () => {
  const engine = await openTestEngine();
  const segments = [
    [
      { ballot: ballotOf(1, 1), decision: counted },
      { ballot: ballotOf(2, 2), decision: counted },
    ],
    [
      // Voter 2's second ballot is counted, ballot 1 is decided again, and ballot 9 is nobody's.
      { ballot: ballotOf(2, 3), decision: counted },
      { ballot: ballotOf(1, 1), decision: alreadyVoted },
      { ballot: ballotOf(9, 9), decision: counted },
    ],
  ];
  await storeChain(engine.ledger, "e", 0, encodeChain(honestChain("e", 0, 1, segments)));
  const [first, second] = [new Phase(), new Phase()];
  const crowd = crowdOf({
    1: { expected: "counted", during: first },
    2: { expected: "counted", during: first },
    3: { expected: "already-voted", during: second },
    4: { expected: "counted", during: second },
  });
  const account = await accountFor(engine, { id: "e", partitions: 1 }, crowd);
  expect(account).toMatchObject({ acknowledged: 4, decided: 3, lost: 1, double: 2 });
  expect([...account.phases]).toEqual([
    [second, { acknowledged: 2, decided: 1, lost: 1, double: 1 }],
    [first, { acknowledged: 2, decided: 2, lost: 0, double: 1 }],
  ]);
  expect(account.problems).toEqual([
    "a refusal",
    `${idOf(3)} or its voter is decided twice`,
    `${idOf(1)} or its voter is decided twice`,
    `${idOf(9)} was never acknowledged`,
    `${idOf(1)} is already-voted, not counted`,
    `${idOf(3)} is counted, not already-voted`,
    `${idOf(4)} is lost, not counted`,
  ]);
});
