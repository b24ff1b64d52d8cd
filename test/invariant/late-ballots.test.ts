import { expect, it } from "vitest";
import { partitionOf } from "../../src/runtime/core/voter/partition.js";
import { closeElection } from "../../src/runtime/elections/closing.js";
import { certify } from "../../src/runtime/recount/certificate/certify.js";
import { recountElection } from "../../src/runtime/recount/recount.js";
import { waitForSeals } from "../../src/runtime/recount/wait-for-seals.js";
import { startTally } from "../../src/runtime/tally/tally.js";
import { ballotOf, frameOf } from "../helpers/data/ballots.js";
import { chainOf, openTestElection, openTestEngine } from "../helpers/data/election.js";
import { eventually } from "../helpers/temporary.js";

it("decides what was appended after the certificate, and changes no result", async () => {
  const engine = await openTestEngine();
  const election = await openTestElection(engine, "late", 2);
  const tally = await startTally({ ...engine, checkFinishedEveryMs: 50 });
  const place = (voter: number, ballot: number) => {
    const one = ballotOf(voter, ballot);
    const partition = partitionOf(Buffer.from(one.voterTag).readInt32LE(0), election.partitions);
    return { election: "late", partition, bytes: frameOf("late", partition, [one], ballot) };
  };
  await engine.log.append([place(1, 10), place(2, 20)]);
  await closeElection(engine, "late");
  await waitForSeals({ election, ...engine, timeoutMs: 60_000 });
  const before = await recountElection({ election: "late", ...engine, from: "log" });
  await certify({ ...engine, report: before, now: Date.now() });

  await engine.log.append([place(3, 30), place(1, 10), place(4, 40)]);
  const late = await eventually("the late ballots' decisions", async () => {
    const chains = await Promise.all([0, 1].map((n) => chainOf(engine.ledger, "late", n)));
    const decided = chains.flatMap((chain) => chain.flatMap(({ decisions }) => [...decisions]));
    return decided.length === 4 && decided;
  });
  await tally.stop();
  expect(late.filter((decision) => decision === 0)).toHaveLength(2);
  const after = await recountElection({ election: "late", ...engine, from: "log" });
  expect(after.findings).toEqual([]);
  expect(after).toMatchObject({ counted: 2, rejected: { "election-closed": 2 } });
  expect(after.result).toEqual(before.result);
  expect(after.digest).toEqual(before.digest);
});
