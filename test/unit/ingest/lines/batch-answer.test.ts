import { expect, it } from "vitest";
import { VoteError } from "../../../../src/runtime/core/errors.js";
import { OpenFrame } from "../../../../src/runtime/ingest/gather/open-frame.js";
import { BatchAnswer } from "../../../../src/runtime/ingest/lines/batch-answer.js";

const frame = (partition: number) =>
  new OpenFrame({ election: "lunch", instance: Buffer.alloc(16), partition }, 0, 1);
const id = (digit: string) => digit.repeat(32);
const ids = (index: number) => id("abc"[index]);
const lost = new VoteError("log-unavailable", "The log did not confirm it.");

function settle(answer: BatchAnswer, given: OpenFrame, position: number | VoteError): void {
  if (typeof position === "number") given.position = position;
  else given.failure = position;
  answer.settled();
}

it("waits for every frame, and names the ballots of a frame given up", async () => {
  const answer = new BatchAnswer(2, 4, (index) => id("ab-c"[index]));
  const [good, bad] = [frame(0), frame(1)];
  answer.accept(0, good);
  answer.accept(1, bad);
  answer.refuse(2, new VoteError("malformed-json", "No JSON."));
  answer.accept(3, good);
  let done = false;
  const settled = answer.settledAll().then(() => {
    done = true;
  });
  settle(answer, good, 17);
  await Promise.resolve();
  expect(done).toBe(false);
  settle(answer, bad, lost);
  await settled;
  expect(JSON.parse(answer.full())).toEqual({
    accepted: 2,
    refused: 2,
    lines: [
      { line: 1, ballotId: id("a"), partition: 0, position: 17 },
      { line: 2, ballotId: id("b"), code: "log-unavailable", detail: lost.message },
      { line: 3, code: "malformed-json", detail: "No JSON." },
      { line: 4, ballotId: id("c"), partition: 0, position: 17 },
    ],
  });
  expect(JSON.parse(answer.summary())).toMatchObject({
    refusals: [{ line: 2, ballotId: id("b") }, { line: 3 }],
    positions: { 0: 17 },
  });
});

it("fails as a whole when no frame became durable; else gives the highest position", async () => {
  const failed = new BatchAnswer(1, 1, ids);
  const given = frame(0);
  failed.accept(0, given);
  settle(failed, given, lost);
  await expect(failed.settledAll()).rejects.toBe(lost);

  const two = new BatchAnswer(1, 2, ids);
  const [first, second] = [frame(0), frame(0)];
  two.accept(0, first);
  two.accept(1, second);
  settle(two, second, 9);
  settle(two, first, 8);
  await two.settledAll();
  expect(JSON.parse(two.summary()).positions).toEqual({ 0: 9 });
});
