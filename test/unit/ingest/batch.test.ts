import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ballotBytes, readBallot } from "../../../src/runtime/core/formats/ballot.js";
import { frameHeaderBytes } from "../../../src/runtime/core/formats/frame.js";
import { createVoterTagger } from "../../../src/runtime/core/voter/voter-tag.js";
import { type Bench, batch, partitions, problemCode, startBench } from "./support.js";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
  await bench.election("lunch");
  await bench.election("draft", "draft");
  await bench.election("closed", "closed");
});
afterAll(() => bench.stop());

const line = (voter: string, choice = "soup", more = {}) =>
  `${JSON.stringify({ voter, choice, ...more })}\n`;

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

interface Answer {
  readonly accepted: number;
  readonly refused: number;
  readonly lines: Record<string, unknown>[];
  readonly refusals: Record<string, unknown>[];
  readonly positions: Record<string, number>;
}

async function send(election: string, body: string, headers?: Record<string, string>) {
  const response = await batch(bench, election, { body, headers });
  expect(response.status).toBe(200);
  return (await response.json()) as Answer;
}

describe("POST /v1/elections/:id/ballots:batch", () => {
  it("says of each line where it stands", async () => {
    await bench.election("places");
    const ballotId = "0123456789abcdef".repeat(2);
    const body = line("a") + line("b", "salad", { ballotId }) + line("c").trimEnd();
    const answer = await send("places", body);
    expect(answer).toMatchObject({ accepted: 3, refused: 0 });
    expect(answer.lines.map(({ line }) => line)).toEqual([1, 2, 3]);
    expect(answer.lines[1].ballotId).toBe(ballotId);
    const frames = await bench.frames("places");
    for (const { partition, position } of answer.lines) {
      expect(frames).toContainEqual(expect.objectContaining({ partition, position }));
    }
    expect(frames.reduce((sum, frame) => sum + frame.ballotCount, 0)).toBe(3);
  });

  it("takes and refuses the same lines, whether they are canonical or not", async () => {
    const [first, second] = ["0123456789abcdef".repeat(2), "a".repeat(32)];
    const lines = [
      line("ok-1", "soup", { ballotId: first }),
      line("ok-2"),
      line("again", "salad", { ballotId: first }),
      line(""),
      line("v".repeat(256), "salad", { ballotId: second }),
      line("v".repeat(257)),
      line("\u{1f989} and ü".repeat(12)),
      line("x", "stew"),
      line("x", "soup", { ballotId: "A".repeat(32) }),
      line("ok-1", "salad", { ballotId: first }),
    ];
    const outcomes = [];
    for (const [id, blank] of [
      ["canonical", ""],
      ["blank", " "],
    ]) {
      const election = await bench.election(id);
      const answer = await send(id, lines.join("").replaceAll("{", `{${blank}`));
      const tagger = createVoterTagger(await bench.engine.keys.electionKey(election));
      const ballots = (await bench.frames(id)).flatMap(({ bytes, ballotCount }) =>
        Array.from({ length: ballotCount }, (_, index) =>
          readBallot(bytes, frameHeaderBytes + index * ballotBytes),
        ),
      );
      const taken = answer.lines.map(({ ballotId }, index) => {
        const ballot = ballots.find((one) => hex(one.ballotId) === ballotId);
        if (ballot === undefined) return undefined;
        const { voter } = JSON.parse(lines[index]) as { voter: string };
        const tag = Buffer.alloc(16);
        tagger.write(voter, tag, 0);
        return [voter, ballot.choice, hex(tag) === hex(ballot.voterTag)];
      });
      expect(ballots).toHaveLength(answer.accepted);
      outcomes.push({
        taken,
        refused: answer.lines.map(({ code, detail }) => [code, String(detail).replace(id, "")]),
      });
    }
    expect(outcomes[0]).toEqual(outcomes[1]);
    expect(outcomes[0].taken.filter((one) => one !== undefined)).toEqual([
      ["ok-1", 0, true],
      ["ok-2", 0, true],
      ["v".repeat(256), 1, true],
      ["\u{1f989} and ü".repeat(12), 0, true],
    ]);
  });

  it("refuses a bad line by itself and takes the others", async () => {
    await bench.election("mixed");
    const ballotId = "f".repeat(32);
    const body = [
      line("ok-1"),
      "not json\n",
      line("x", "stew"),
      line(""),
      line("v".repeat(257)),
      line("x", "soup", { ballotId: "zz" }),
      line("ok-2", "soup", { ballotId }),
      line("x", "soup", { ballotId }),
      '["x"]\n',
      '{"choice":"soup"}\n',
      '{"voter":"\\ud800","choice":"soup"}\n',
      "\n",
      "null\n",
      line("ok-3", "salad"),
    ].join("");
    const answer = await send("mixed", body);
    expect(answer).toMatchObject({ accepted: 3, refused: 11 });
    const codes = answer.lines.map(({ line, code }) => [line, code]);
    expect(codes).toEqual([
      [1, undefined],
      [2, "malformed-json"],
      [3, "unknown-candidate"],
      [4, "invalid-ballot"],
      [5, "invalid-ballot"],
      [6, "invalid-ballot"],
      [7, undefined],
      [8, "duplicate-ballot-id"],
      [9, "invalid-ballot"],
      [10, "invalid-ballot"],
      [11, "invalid-ballot"],
      [12, "malformed-json"],
      [13, "invalid-ballot"],
      [14, undefined],
    ]);
    const frames = await bench.frames("mixed");
    expect(frames.reduce((sum, frame) => sum + frame.ballotCount, 0)).toBe(3);
  });

  it("keeps batches apart that come at the same time, long and short", async () => {
    await bench.election("crowd");
    const sizes = [700, 1, 30, 1_200, 2, 400, 90, 5];
    const sent: string[] = [];
    for (const round of ["first", "second"]) {
      const batches = sizes.map((size, number) =>
        Array.from({ length: size }, (_, index) => {
          const place = Buffer.from([round === "first" ? 1 : 2, number, index >> 8, index]);
          const ballotId = hex(place).padEnd(32, "0");
          return { voter: `${round}-${number}-${index}`, ballotId };
        }),
      );
      const answers = await Promise.all(
        batches.map((ballots) =>
          send(
            "crowd",
            ballots.map(({ voter, ballotId }) => line(voter, "soup", { ballotId })).join(""),
          ),
        ),
      );
      for (const [number, { lines }] of answers.entries()) {
        const ids = batches[number].map(({ ballotId }) => ballotId);
        expect(lines.map(({ ballotId }) => ballotId)).toEqual(ids);
        sent.push(...ids);
      }
    }
    const stored = (await bench.frames("crowd")).flatMap(({ bytes, ballotCount }) =>
      Array.from({ length: ballotCount }, (_, index) =>
        hex(readBallot(bytes, frameHeaderBytes + index * ballotBytes).ballotId),
      ),
    );
    expect(stored.sort()).toEqual(sent.sort());
  });

  it("is not fooled by lines that only make sense together", async () => {
    const body =
      '{"voter":"a","choice":"soup"},{"voter":"b","choice":"soup"}\n' +
      '{"voter":"c","choice":"soup"\n' +
      '"z":1}\n';
    expect(await send("lunch", body)).toMatchObject({ accepted: 0, refused: 3 });
    const nested = '{"voter":"a","choice":"soup","z":[1\n{}]}\n{"voter":"b","choice":"soup"},1\n';
    expect(await send("lunch", nested)).toMatchObject({ accepted: 0, refused: 3 });
  });

  it("answers briefly when asked to", async () => {
    await bench.election("brief");
    const body = Array.from({ length: 100 }, (_, index) => line(`v${index}`)).join("");
    const headers = { prefer: "respond-async, return=minimal" };
    const answer = await send("brief", `${body}oops\n`, headers);
    expect(answer).toMatchObject({ accepted: 100, refused: 1 });
    expect(answer.lines).toBeUndefined();
    expect(answer.refusals).toEqual([
      { line: 101, code: "malformed-json", detail: expect.any(String) },
    ]);
    const ends: Record<string, number> = {};
    for (const { partition, position } of await bench.frames("brief")) ends[partition] = position;
    expect(answer.positions).toEqual(ends);
    expect(Object.keys(ends)).toHaveLength(partitions);
  });

  it("takes 10,000 lines, in frames of at most 4,096, and refuses one more", async () => {
    await bench.election("large");
    const lines = Array.from({ length: 10_000 }, (_, index) => line(`voter-${index}`));
    const answer = await send("large", lines.join(""), { prefer: "return=minimal" });
    expect(answer.accepted).toBe(10_000);
    const frames = await bench.frames("large");
    expect(frames.reduce((sum, frame) => sum + frame.ballotCount, 0)).toBe(10_000);
    const tooMany = await batch(bench, "large", { body: `${lines.join("")}${line("x")}` });
    expect(await problemCode(tooMany)).toBe("413 body-too-large");
    const same = Array.from({ length: 5_000 }, () => line("one-voter")).join("");
    expect((await send("large", same)).accepted).toBe(5_000);
    const later = (await bench.frames("large")).slice(frames.length);
    expect(later.every((frame) => frame.ballotCount <= 4_096)).toBe(true);
  });

  it.each([
    ["an unknown election", "nowhere", "404 unknown-election"],
    ["a draft", "draft", "409 election-not-open"],
    ["a closed election", "closed", "409 election-closed"],
  ])("refuses %s", async (_what, election, expected) => {
    expect(await problemCode(await batch(bench, election, { body: line("a") }))).toBe(expected);
  });

  it("refuses what is too large, not UTF-8, of a wrong type, or not a gateway's", async () => {
    const large = await batch(bench, "lunch", { body: Buffer.alloc(4 * 2 ** 20 + 1, "x") });
    expect(await problemCode(large)).toBe("413 body-too-large");
    const bytes = Buffer.concat([
      Buffer.from('{"voter":"'),
      Buffer.from([0xff]),
      Buffer.from('"}'),
    ]);
    expect(await problemCode(await batch(bench, "lunch", { body: bytes }))).toBe(
      "400 malformed-json",
    );
    for (const type of ["application/json", undefined]) {
      const response = await batch(bench, "lunch", { body: line("a"), type });
      expect(await problemCode(response)).toBe("415 unsupported-media-type");
    }
    const voter = await batch(bench, "lunch", { body: line("a"), token: bench.token("a", "vote") });
    expect(await problemCode(voter)).toBe("403 insufficient-scope");
    const nobody = await batch(bench, "lunch", { body: line("a"), token: undefined });
    expect(await problemCode(nobody)).toBe("401 missing-token");
  });

  it("takes an empty batch for what it is", async () => {
    expect(await send("lunch", "")).toEqual({ accepted: 0, refused: 0, lines: [] });
  });
});
