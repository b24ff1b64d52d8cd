import { afterEach, describe, expect, it } from "vitest";
import { createElection, type Election } from "../../../src/runtime/core/election.js";
import type { Ballot } from "../../../src/runtime/core/formats/ballot.js";
import { TakenBallots } from "../../../src/runtime/ingest/election/taken-ballots.js";
import { startIngest } from "../../../src/runtime/ingest/server.js";
import { systemClock } from "../../../src/runtime/time/clock.js";
import { ballotOf, frameOf, markerOf } from "../../helpers/data/ballots.js";
import { openTestEngine } from "../../helpers/data/election.js";
import { identityOf } from "../../helpers/data/identity.js";
import { testKey, testSigners } from "../../helpers/data/test-keys.js";
import { temporaryDirectory } from "../../helpers/temporary.js";
import { post, problemCode, startBench } from "./support.js";

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

describe("a ballot that is sent again after the end", () => {
  const ballotId = "ab".repeat(16);

  /** An ingest that takes a ballot of Ann's, and a second one after the end, that knows nothing. */
  async function scene() {
    const bench = await startBench();
    cleanUp.push(() => bench.stop());
    await bench.election("lunch");
    const wallClock = () => systemClock.wallClock() + 3_600_000;
    const late = await startIngest({
      ...bench.engine,
      ...{ host: "127.0.0.1", port: 0, clock: { ...systemClock, wallClock } },
    });
    cleanUp.push(() => late.stop());
    const send = (url: string, body: unknown, voter = "ann") =>
      post(`${url}/v1/elections/lunch/ballots`, {
        token: bench.token(voter, "vote", 7_200),
        type: "application/json",
        body: JSON.stringify(body),
      });
    const first = await send(bench.ingest.url, { choice: "soup", ballotId });
    expect(first.status).toBe(202);
    const election = await bench.engine.registry.get("lunch");
    const closesAt = Date.now() + 60_000;
    const revision = election!.revision + 1;
    await bench.engine.registry.replace({ ...election!, closesAt, revision });
    const again = (body: unknown, voter?: string) => send(late.url, body, voter);
    return { receipt: await first.json(), again, setStatus: bench.setStatus };
  }

  it("is answered as it was the first time, before and after the close", async () => {
    const { receipt, again, setStatus } = await scene();
    for (const status of [undefined, "closed"] as const) {
      if (status !== undefined) await setStatus("lunch", status);
      const answer = await again({ choice: "soup", ballotId });
      expect(answer.status).toBe(202);
      expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
      expect(await answer.json()).toEqual(receipt);
    }
  });

  it("is refused with another choice", async () => {
    const { again } = await scene();
    expect(await problemCode(await again({ choice: "salad", ballotId }))).toBe(
      "409 ballot-id-reused",
    );
  });

  it("is refused if it was never taken, or was another voter's", async () => {
    const { again } = await scene();
    const unknown = await again({ choice: "soup", ballotId: "cd".repeat(16) });
    const { hint } = (await unknown.clone().json()) as { hint: string };
    expect(hint).toBe("None with this ballotId is among the last that were taken.");
    expect(await problemCode(unknown)).toBe("409 election-closed");
    const others = await again({ choice: "soup", ballotId }, "bob");
    expect(await problemCode(others)).toBe("409 election-closed");
    expect(await problemCode(await again({ choice: "soup" }))).toBe("409 election-closed");
  });
});

describe("TakenBallots", () => {
  const election: Election = createElection({
    ...{ id: "lunch", title: "Lunch", partitions: 1, createdAt: 1, signers: testSigners },
    candidates: ["a", "b"].map((id) => ({ id, name: id })),
    ...identityOf("lunch"),
  });
  const keyOf = ({ voterTag, ballotId }: Ballot) => Buffer.concat([voterTag, ballotId]);
  const wanted = ballotOf(1, 1, 1);
  const others = Array.from({ length: 40 }, (_, index) => ballotOf(index + 2, index + 2));

  /** Appends the records to a real log. @returns what a search for `wanted` finds there */
  async function search(...records: Buffer[]) {
    const { log } = await openTestEngine(await temporaryDirectory());
    await log.append(records.map((bytes) => ({ election: "lunch", partition: 0, bytes })));
    return new TakenBallots(log).find(election, 0, keyOf(wanted));
  }

  const holding = frameOf("lunch", 0, [...others.slice(0, 7), wanted, ...others.slice(7)]);

  it("finds one behind hundreds of other frames", async () => {
    const more = Array.from({ length: 700 }, (_, index) => frameOf("lunch", 0, others, index + 2));
    expect(
      await search(frameOf("lunch", 0, others), holding, ...more, markerOf("lunch", 0)),
    ).toEqual({ position: 1, receivedAt: wanted.receivedAt, choice: 1 });
  });

  it("gives the place of the first of two", async () => {
    expect(await search(holding, holding)).toMatchObject({ position: 0 });
  });

  it("finds none behind the close marker: the tally rejects it", async () => {
    expect(await search(markerOf("lunch", 0), holding)).toBeUndefined();
  });

  it("believes no frame and no marker of a stranger", async () => {
    const stranger = testKey(9);
    expect(await search(frameOf("lunch", 0, [wanted], 1, stranger))).toBeUndefined();
    const forged = markerOf("lunch", 0, stranger);
    expect(await search(forged, holding)).toMatchObject({ position: 1 });
  });

  it("passes over damage, another partition and another election", async () => {
    const damaged = Buffer.from(holding);
    damaged[100]++;
    const records = [damaged, frameOf("lunch", 1, [wanted]), frameOf("dinner", 0, [wanted])];
    expect(await search(...records)).toBeUndefined();
    expect(await search(...records, holding)).toMatchObject({ position: 3 });
  });

  it("searches for few at a time", async () => {
    let answer = (_end: number) => {};
    const end = new Promise<number>((resolve) => {
      answer = resolve;
    });
    const taken = new TakenBallots({ end: () => end, read: async () => [] });
    const find = () => taken.find(election, 0, keyOf(wanted));
    const searches = [find(), find(), find(), find()];
    await expect(find()).rejects.toMatchObject({ code: "overloaded" });
    answer(0);
    expect(await Promise.all(searches)).toEqual([undefined, undefined, undefined, undefined]);
    expect(await find()).toBeUndefined();
  });
});
