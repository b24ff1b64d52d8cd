import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Problem } from "../../../src/runtime/contracts/http/problem.js";
import { VoteError } from "../../../src/runtime/core/errors.js";
import { readBallot } from "../../../src/runtime/core/formats/ballot.js";
import { frameHeaderBytes } from "../../../src/runtime/core/formats/frame.js";
import { withSigner } from "../../../src/runtime/core/trust.js";
import { createVoterTagger } from "../../../src/runtime/core/voter/voter-tag.js";
import { startIngest } from "../../../src/runtime/ingest/server.js";
import { isFrameSignedBy } from "../../../src/runtime/keys/frame-signature.js";
import { type Bench, batch, problemCode, startBench, vote } from "./support.js";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
  await bench.election("lunch");
});
afterAll(() => bench.stop());

const soup = '{"choice":"soup"}';

describe("POST /v1/elections/:id/ballots", () => {
  it("answers 202 with the place where exactly this ballot stands in the log", async () => {
    const election = await bench.election("place");
    const before = Date.now();
    const response = await vote(bench, "place", {
      token: bench.token("alice"),
      body: '{"choice":"salad"}',
    });
    expect(response.status).toBe(202);
    expect(response.headers.get("content-type")).toMatch(/^application\/json/);
    const answer = (await response.json()) as Record<string, unknown>;
    expect(answer).toEqual({
      ballotId: expect.stringMatching(/^[0-9a-f]{32}$/),
      election: "place",
      partition: expect.any(Number),
      position: expect.any(Number),
      receivedAt: expect.any(Number),
    });
    const [frame, ...others] = await bench.frames("place");
    expect(others).toEqual([]);
    expect(frame).toMatchObject({ partition: answer.partition, position: answer.position });
    expect(frame).toMatchObject({ ballotCount: 1, producerSequence: 1 });
    const ballot = readBallot(frame.bytes, frameHeaderBytes);
    expect(Buffer.from(ballot.ballotId).toString("hex")).toBe(answer.ballotId);
    expect(ballot.receivedAt).toBe(answer.receivedAt);
    expect(ballot.receivedAt).toBeGreaterThanOrEqual(before);
    expect(ballot.choice).toBe(1);
    const tag = Buffer.alloc(16);
    const key = await bench.engine.keys.electionKey(election);
    createVoterTagger(key).write("alice", tag, 0);
    expect(Buffer.from(ballot.voterTag)).toEqual(tag);
  });

  it("signs its frames, and takes nothing where its key is not trusted", async () => {
    const { engine, ingest, token } = bench;
    const { signers, id: _, ...election } = await bench.election("signed");
    const key = await engine.keys.signingKey("frames");
    const body = soup;
    expect((await vote(bench, "signed", { token: token("ada"), body })).status).toBe(202);
    const [frame] = await bench.frames("signed");
    expect(Buffer.from(frame.keyId).toString("hex")).toBe(key.id);
    expect(await isFrameSignedBy(frame, key.publicKey)).toBe(true);

    bench.elections.push("foreign");
    const others = signers.filter(({ id }) => id !== key.id);
    await engine.registry.create({ ...election, id: "foreign", signers: others, revision: 1 });
    const refused = await vote(bench, "foreign", { token: token("ada"), body });
    expect(refused.status).toBe(503);
    const problem = (await refused.json()) as Problem;
    // What to do about it is in the log, for operators.
    expect(problem).toMatchObject({
      code: "untrusted-key",
      detail: expect.stringMatching(/ready/),
    });
    expect(JSON.stringify(problem)).not.toContain(key.id);
    expect(await bench.frames("foreign")).toEqual([]);

    const untrusted = (await engine.registry.get("foreign"))!;
    await engine.registry.replace(withSigner(untrusted, key.publicKey, "frames", Date.now()));
    expect((await vote(bench, "foreign", { token: token("ada"), body })).status).toBe(202);
    expect((await fetch(`${ingest.url}/v1/elections/foreign`)).status).toBe(200);
  });

  it("takes the client's ballot id, and the same ballot again", async () => {
    const ballotId = "00112233445566778899aabbccddeeff";
    const body = JSON.stringify({ choice: "soup", ballotId });
    for (const _attempt of [1, 2]) {
      const response = await vote(bench, "lunch", { token: bench.token("bob"), body });
      expect(response.status).toBe(202);
      expect(await response.json()).toMatchObject({ ballotId });
    }
  });

  it("refuses a ballot id that comes again with another choice, alone and in a batch", async () => {
    await bench.election("changed");
    const ballotId = "cd".repeat(16);
    const send = (choice: string, subject = "mind-changer") =>
      vote(bench, "changed", {
        token: bench.token(subject),
        body: JSON.stringify({ choice, ballotId }),
      });
    expect((await send("soup")).status).toBe(202);
    expect((await send("soup")).status).toBe(202);
    expect(await problemCode(await send("salad"))).toBe("409 ballot-id-reused");
    expect((await send("salad", "somebody-else")).status).toBe(202);
    const line = JSON.stringify({ voter: "somebody-else", choice: "soup", ballotId });
    expect(await (await batch(bench, "changed", { body: line })).json()).toMatchObject({
      accepted: 0,
      lines: [{ line: 1, code: "ballot-id-reused" }],
    });
  });

  it("makes a different ballot id for each of many ballots at once, all durable", async () => {
    await bench.election("many");
    const answers = await Promise.all(
      Array.from({ length: 300 }, async (_, index) => {
        const token = bench.token(`voter-${index}`);
        return (await vote(bench, "many", { token, body: soup })).json();
      }),
    );
    const acknowledged = (answers as { ballotId: string }[]).map(({ ballotId }) => ballotId);
    expect(new Set(acknowledged).size).toBe(300);
    const frames = await bench.frames("many");
    const stored = frames.flatMap((frame) =>
      Array.from({ length: frame.ballotCount }, (_, index) =>
        Buffer.from(readBallot(frame.bytes, frameHeaderBytes + index * 40).ballotId).toString(
          "hex",
        ),
      ),
    );
    expect(stored.sort()).toEqual(acknowledged.sort());
    for (const partition of [0, 1, 2, 3]) {
      const own = frames.filter((frame) => frame.partition === partition);
      expect(own.map((frame) => frame.producerSequence)).toEqual(own.map((_, at) => at + 1));
    }
  });

  it.each([
    ["an unknown election", "nowhere", soup, "404 unknown-election"],
    ["an id that no election can have", "..%2F..%2Fkeys", soup, "404 unknown-election"],
    ["an unknown candidate", "lunch", '{"choice":"stew"}', "422 unknown-candidate"],
    ["a name every object has", "lunch", '{"choice":"constructor"}', "422 unknown-candidate"],
    ["no choice", "lunch", "{}", "422 invalid-ballot"],
    ["a choice by index", "lunch", '{"choice":1}', "422 invalid-ballot"],
    ["a short ballot id", "lunch", '{"choice":"soup","ballotId":"ab"}', "422 invalid-ballot"],
    [
      "an upper-case ballot id",
      "lunch",
      `{"choice":"soup","ballotId":"${"AB".repeat(16)}"}`,
      "422 invalid-ballot",
    ],
    ["an array", "lunch", "[]", "422 invalid-ballot"],
    ["null", "lunch", "null", "422 invalid-ballot"],
    ["malformed JSON", "lunch", '{"choice":', "400 malformed-json"],
    ["an empty body", "lunch", "", "400 malformed-json"],
    ["a body over 4 KB", "lunch", `{"choice":"${"x".repeat(4096)}"}`, "413 body-too-large"],
  ])("refuses %s", async (_what, election, body, expected) => {
    const response = await vote(bench, election, { token: bench.token("carol"), body });
    expect(await problemCode(response)).toBe(expected);
  });

  it("refuses a wrong, a damaged and a missing content type", async () => {
    const token = bench.token("carol");
    for (const type of ["text/plain", "application/x-ndjson", "application/json x", undefined]) {
      const response = await vote(bench, "lunch", { token, body: soup, type });
      expect(await problemCode(response)).toBe("415 unsupported-media-type");
    }
    const nothing = await vote(bench, "lunch", { token, type: undefined });
    expect(await problemCode(nothing)).toBe("415 unsupported-media-type");
    const charset = await vote(bench, "lunch", {
      token,
      body: soup,
      type: "application/json; charset=utf-8",
    });
    expect(charset.status).toBe(202);
  });

  it("refuses before an election opens and after it closes, soon after", async () => {
    await bench.election("shifting", "draft");
    const token = bench.token("dora");
    const attempt = async () => {
      const response = await vote(bench, "shifting", { token, body: soup });
      return response.status === 202 ? "202" : problemCode(response);
    };
    expect(await attempt()).toBe("409 election-not-open");
    await bench.setStatus("shifting", "open");
    await expect.poll(attempt).toBe("202");
    await bench.setStatus("shifting", "closed");
    await expect.poll(attempt).toBe("409 election-closed");
  });

  it("takes nothing from the closing time on, though nobody has closed it yet", async () => {
    await bench.election("timed", "open", { closesAt: Date.now() - 1 });
    const single = await vote(bench, "timed", { token: bench.token("edna"), body: soup });
    expect(await problemCode(single)).toBe("409 election-closed");
    const inBatch = await batch(bench, "timed", {
      body: '{"voter":"edna","choice":"soup"}\n',
    });
    expect(await problemCode(inBatch)).toBe("409 election-closed");
    expect(await bench.frames("timed")).toEqual([]);
  });

  it("shows an election's public fields, and not its key id", async () => {
    const response = await fetch(`${bench.ingest.url}/v1/elections/lunch`);
    const body = (await response.json()) as Record<string, unknown>;
    expect(body).toMatchObject({ id: "lunch", title: "Lunch", status: "open", partitions: 4 });
    expect(body.candidates).toHaveLength(2);
    expect(JSON.stringify(body)).not.toContain("keyId");
    const unknown = await fetch(`${bench.ingest.url}/v1/elections/nowhere`);
    expect(await problemCode(unknown)).toBe("404 unknown-election");
  });

  it("answers wrong addresses and methods with problem+json", async () => {
    const { url } = bench.ingest;
    expect(await problemCode(await fetch(`${url}/v2`))).toBe("404 not-found");
    const get = await fetch(`${url}/v1/elections/lunch/ballots`);
    expect(await problemCode(get)).toBe("405 method-not-allowed");
    expect(get.headers.get("allow")).toBe("POST");
  });

  it("names a port that is in use", async () => {
    const { port } = bench.ingest;
    const second = startIngest({ ...bench.engine, host: "127.0.0.1", port });
    await expect(second).rejects.toThrow(VoteError);
    await expect(second).rejects.toMatchObject({ code: "port-in-use" });
  });

  it("keeps the voter id out of everything it writes", async () => {
    const voter = "erin-4711-unmistakable";
    const response = await vote(bench, "lunch", { token: bench.token(voter), body: soup });
    expect(response.status).toBe(202);
    expect(await response.text()).not.toContain(voter);
    const files = await readdir(bench.dataDir, { recursive: true, withFileTypes: true });
    const contents = await Promise.all(
      files
        .filter((file) => file.isFile())
        .map((file) => readFile(join(file.parentPath, file.name))),
    );
    expect(contents.length).toBeGreaterThan(3);
    expect(contents.some((content) => content.includes("lunch"))).toBe(true);
    expect(contents.some((content) => content.includes(voter))).toBe(false);
  });
});

describe("stop", () => {
  it("answers every ballot under way, keeps them, and lets nobody new in", async () => {
    const own = await startBench({ maxLingerMs: 50 });
    await own.election("last");
    const statuses = Array.from({ length: 200 }, async (_, index) => {
      const response = await vote(own, "last", { token: own.token(`v${index}`), body: soup });
      return response.status;
    });
    await Promise.race(statuses);
    const stopped = own.ingest.stop();
    const acknowledged = (await Promise.allSettled(statuses)).filter(
      (outcome) => outcome.status === "fulfilled" && outcome.value === 202,
    ).length;
    await stopped;
    await expect(fetch(`${own.ingest.url}/livez`)).rejects.toThrow();
    const frames = await own.frames("last");
    const stored = frames.reduce((sum, frame) => sum + frame.ballotCount, 0);
    expect(acknowledged).toBeGreaterThan(0);
    expect(stored).toBeGreaterThanOrEqual(acknowledged);
    await own.stop();
  });
});

describe("overload", () => {
  it("sheds at once with 503 and takes nothing of what it sheds", async () => {
    const own = await startBench({ maxWaitingRequests: 1 });
    await own.election("busy");
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const response = await vote(own, "busy", { token: own.token(`v${index}`), body: soup });
        return response.status === 202 ? "202" : problemCode(response);
      }),
    );
    const taken = outcomes.filter((outcome) => outcome === "202").length;
    expect(new Set(outcomes)).toEqual(new Set(["202", "503 overloaded"]));
    const frames = await own.frames("busy");
    expect(frames.reduce((sum, frame) => sum + frame.ballotCount, 0)).toBe(taken);
    await own.stop();
  });
});
