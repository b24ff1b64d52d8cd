import { expect, it } from "vitest";
import { ballotBytes, readBallot } from "../../../../src/runtime/core/formats/ballot.js";
import { counted } from "../../../../src/runtime/core/formats/decision.js";
import { decodeSegment } from "../../../../src/runtime/core/formats/segment.js";
import { runLoadAndReconcile } from "../../../../src/runtime/system/load/load-run.js";
import { partitions, scenarioOf, startLoadBench } from "../support.js";

interface Known {
  readonly choice: number;
  /** Known for a first vote. A second vote's voter depends on which votes are acknowledged. */
  readonly voter: string | undefined;
}

/** Ballots by id, as the ledger of a run with this seed holds them. */
async function ballotsOf(seed: number): Promise<Map<string, Known>> {
  const bench = await startLoadBench();
  try {
    const arrivals = { votesPerSecond: 2_000, spacing: "poisson" };
    const scenario = scenarioOf({ votesPerSecond: undefined, arrivals });
    const { engine } = bench;
    const { record } = await runLoadAndReconcile({ engine, election: "lunch", scenario, seed });
    expect(record).toMatchObject({ reconciled: true, seed });
    const ballots = new Map<string, Known>();
    for (let partition = 0; partition < partitions; partition++) {
      for await (const bytes of engine.ledger.read("lunch", partition, 0)) {
        const segment = decodeSegment(bytes, "test");
        for (let place = 0; place < segment.ballotCount; place++) {
          const { ballotId, voterTag, choice } = readBallot(segment.ballots, place * ballotBytes);
          const isFirst = segment.decisions[place] === counted;
          const voter = isFirst ? Buffer.from(voterTag).toString("hex") : undefined;
          ballots.set(Buffer.from(ballotId).toString("hex"), { choice, voter });
        }
      }
    }
    return ballots;
  } finally {
    await bench.stop();
  }
}

it("makes the same ballots from the same seed, and others from another", async () => {
  const [fewer, more] = [await ballotsOf(7), await ballotsOf(7)].sort((a, b) => a.size - b.size);
  // A machine that stands still leaves the last ones unsent.
  expect(fewer.size).toBeGreaterThan(100);
  let compared = 0;
  for (const [id, { choice, voter }] of fewer) {
    const same = more.get(id);
    expect(same?.choice).toBe(choice);
    if (voter === undefined || same?.voter === undefined) continue;
    expect(same.voter).toBe(voter);
    compared++;
  }
  expect(compared).toBeGreaterThan(100);
  const others = await ballotsOf(8);
  expect([...others.keys()].some((id) => more.has(id))).toBe(false);
});
