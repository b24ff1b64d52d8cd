import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BallotReceipt } from "../../../src/runtime/contracts/http/ballot.js";
import { parseVoteKeys } from "../../../src/runtime/contracts/http/vote-keys.js";
import { signedPart } from "../../../src/runtime/core/formats/frame.js";
import { readReceipt } from "../../../src/runtime/core/formats/receipt.js";
import { isSignedBy } from "../../../src/runtime/keys/signing.js";
import { type Bench, batch, startBench, vote } from "./support.js";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.stop());

const soup = '{"choice":"soup"}';
const asking = { prefer: "receipt" };
const noRoot = Buffer.alloc(32);

async function votes(election: string, count: number): Promise<BallotReceipt[]> {
  const answers = Array.from({ length: count }, async (_, index) => {
    const token = bench.token(`voter-${index}`);
    const answer = await vote(bench, election, { token, body: soup, headers: asking });
    expect(answer.status).toBe(202);
    expect(answer.headers.get("preference-applied")).toBe("receipt");
    return (await answer.json()) as BallotReceipt;
  });
  return Promise.all(answers);
}

describe("a receipt in the answer", () => {
  it("promises exactly this ballot in the frame at this place, by a published key", async () => {
    const election = await bench.election("promised");
    const answers = await votes("promised", 60);
    const frames = await bench.frames("promised");
    const published = await fetch(`${bench.ingest.url}/.well-known/vote-keys.json`);
    expect(published.headers.get("content-type")).toMatch(/^application\/json/);
    const { elections } = parseVoteKeys(await published.text(), "keys");
    const keys = elections.find(({ id }) => id === "promised");
    expect(keys?.instance).toBe(election.instance);
    expect(keys?.keys.map(({ use }) => use)).toEqual(["frames"]);
    for (const { receipt, ballotId, receivedAt, partition, position } of answers) {
      const read = readReceipt(receipt ?? "");
      expect(Buffer.from(read.ballot.ballotId).toString("hex")).toBe(ballotId);
      expect(read).toMatchObject({ position, ballot: { receivedAt, choice: 0 } });
      expect(read.frame).toMatchObject({ election: "promised", partition });
      const frame = frames.find((one) => one.partition === partition && one.position === position);
      expect(frame?.bytes.subarray(0, read.promise.length)).toEqual(read.promise);
      const keyId = Buffer.from(read.frame.keyId).toString("hex");
      const { publicKey } = keys!.keys.find(({ id }) => id === keyId)!;
      expect(await isSignedBy(publicKey, signedPart(read.promise), read.frame.signature)).toBe(
        true,
      );
    }
  });

  it("comes only when asked for, alone or among other preferences", async () => {
    await bench.election("asked");
    const token = bench.token("ann");
    for (const prefer of [undefined, "return=minimal", "no-receipt", "receipts", "receipt=no"]) {
      const headers = prefer === undefined ? undefined : { prefer };
      const answer = await vote(bench, "asked", { token, body: soup, headers });
      expect(answer.headers.has("preference-applied")).toBe(false);
      expect(await answer.json()).not.toHaveProperty("receipt");
    }
    expect((await bench.frames("asked")).every((one) => noRoot.equals(one.merkleRoot))).toBe(true);
    for (const prefer of ["receipt", "Receipt", "return=minimal, receipt", "receipt;a=b"]) {
      const answer = await vote(bench, "asked", { token, body: soup, headers: { prefer } });
      const { receipt = "" } = (await answer.json()) as BallotReceipt;
      expect(readReceipt(receipt).frame.election).toBe("asked");
    }
  });

  it("costs ballots without one nothing: they are gathered in other frames", async () => {
    await bench.election("mixed");
    const lines = Array.from(
      { length: 400 },
      (_, index) => `{"voter":"b${index}","choice":"soup"}`,
    );
    const answers = await Promise.all([
      batch(bench, "mixed", { body: lines.slice(0, 200).join("\n") }),
      votes("mixed", 40),
      batch(bench, "mixed", { body: lines.slice(200).join("\n") }),
    ]);
    expect(answers[1]).toHaveLength(40);
    const frames = await bench.frames("mixed");
    const total = (some: typeof frames) => some.reduce((sum, one) => sum + one.ballotCount, 0);
    expect(total(frames.filter((one) => noRoot.equals(one.merkleRoot)))).toBe(400);
    expect(total(frames.filter((one) => !noRoot.equals(one.merkleRoot)))).toBe(40);
    for (const partition of [0, 1, 2, 3]) {
      const own = frames.filter((frame) => frame.partition === partition);
      expect(own.map((frame) => frame.producerSequence)).toEqual(own.map((_, at) => at + 1));
    }
  });
});
