import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  ballotBytes,
  ballotIdOffset,
  idBytes,
} from "../../../../src/runtime/core/formats/ballot.js";
import { decodeSegment, encodeSegment } from "../../../../src/runtime/core/formats/segment.js";
import { LoadFindings } from "../../../../src/runtime/load/reconcile/findings.js";
import { Transcript } from "../../../../src/runtime/load/transcript/transcript.js";
import { transcriptText } from "../../../../src/runtime/load/transcript/transcript-text.js";
import { verifyTranscript } from "../../../../src/runtime/system/load/verify-transcript.js";
import { startTally } from "../../../../src/runtime/tally/tally.js";
import type { Engine } from "../../../../src/runtime/wiring/engine.js";
import { type Bench, batch, startBench, vote } from "../../ingest/support.js";
import { withSegments } from "../support.js";

/** Each voter has one of these ballots; the last is a second vote of the first voter. */
const ballots = Array.from({ length: 200 }, (_, index) => ({
  voter: `voter-${index % 199}`,
  ballotId: index.toString(16).padStart(32, "0"),
  choice: index % 3 === 0 ? "soup" : "salad",
}));

let bench: Bench;
let stopTally: () => Promise<void>;
beforeAll(async () => {
  bench = await startBench();
  await bench.election("lunch");
  const tally = await startTally(bench.engine);
  stopTally = () => tally.stop();
  const last = ballots[199];
  await batch(bench, "lunch", {
    body: ballots
      .slice(0, 199)
      .map((ballot) => JSON.stringify(ballot))
      .join("\n"),
  });
  const body = JSON.stringify({ ballotId: last.ballotId, choice: last.choice });
  expect((await vote(bench, "lunch", { token: bench.token(last.voter), body })).status).toBe(202);
});
afterAll(async () => {
  await stopTally();
  await bench.stop();
});

function transcriptOf(sent = ballots): Transcript {
  const transcript = new Transcript();
  const record = {
    sent: Object.fromEntries(sent.map(({ ballotId, choice }) => [ballotId, choice])),
  };
  const acknowledged = sent.map(({ ballotId }) => ballotId);
  transcript.take(JSON.stringify(record), "test");
  transcript.take(JSON.stringify({ acknowledged }), "test");
  return transcript;
}

function verify(transcript: Transcript, engine: Engine = bench.engine, allowForeign = false) {
  const findings = new LoadFindings();
  const rest = { engine, transcript, allowForeign, findings };
  return verifyTranscript({ election: "lunch", waitMs: 30_000, ...rest });
}

const kinds = ({ findings }: Awaited<ReturnType<typeof verify>>) => [
  ...new Set(findings.map(({ kind }) => kind)),
];

describe("verifyTranscript", { timeout: 60_000 }, () => {
  it("finds every ballot once", async () => {
    const report = await verify(transcriptOf());
    expect(report).toMatchObject({
      ...{ sent: 200, acknowledged: 200, refused: 0, unknown: 0, resent: 0 },
      ...{ counted: 199, rejected: { "already-voted": 1 }, lost: 0, double: 0, invented: 0 },
      ...{ foreign: 0, findingCount: 0, reconciled: true },
      agreement: { transcript: true, view: true, recount: true },
    });
    expect(transcriptText(report)).toMatch(/^✓ Every acknowledged ballot is decided once/);
  });

  it("names a ballot that was acknowledged and is nowhere", async () => {
    const ballotId = "f".repeat(32);
    const more = [...ballots, { voter: "v", ballotId, choice: "soup" }];
    const report = await verify(transcriptOf(more));
    expect(report).toMatchObject({ lost: 1, reconciled: false, findings: [{ ballotId }] });
    expect(transcriptText(report)).toContain(`✗ lost: ballot ${ballotId} was acknowledged`);
  });

  it("names ballots that nobody sent, or counts them apart", async () => {
    const own = transcriptOf(ballots.slice(5));
    expect(await verify(own)).toMatchObject({ invented: 5, reconciled: false });
    const allowed = await verify(own, bench.engine, true);
    expect(allowed).toMatchObject({ invented: 0, foreign: 5, counted: 194, reconciled: true });
  });

  it("leaves open what was not answered, and not what was refused", async () => {
    const transcript = new Transcript();
    const [first, second] = ballots;
    for (const { ballotId, choice } of [first, second]) {
      transcript.take(JSON.stringify({ sent: { [ballotId]: choice } }), "test");
    }
    transcript.take(JSON.stringify({ refused: { [second.ballotId]: "overloaded" } }), "test");
    const report = await verify(transcript, bench.engine, true);
    expect(report).toMatchObject({ unknown: 1, refused: 1, refusals: { overloaded: 1 } });
    expect(kinds(report)).toEqual(["refused-but-decided"]);
  });

  it("names another candidate than was sent", async () => {
    const [first, ...others] = ballots;
    const report = await verify(transcriptOf([{ ...first, choice: "salad" }, ...others]));
    expect(kinds(report)).toEqual(["wrong-choice"]);
  });

  it("names a ballot that is decided twice", async () => {
    let done = false;
    const engine = withSegments(bench.engine, (bytes) => {
      const segment = decodeSegment(bytes, "test");
      if (segment.ballotCount < 2 || done) return bytes;
      done = true;
      const copy = Buffer.from(segment.ballots);
      copy.copy(copy, ballotBytes + ballotIdOffset, ballotIdOffset, ballotIdOffset + idBytes);
      return encodeSegment(segment, copy, segment.decisions);
    });
    const report = await verify(transcriptOf(), engine);
    expect(report).toMatchObject({ double: 1, lost: 1, reconciled: false });
    // Its candidate may be another than that of the ballot whose id it took.
    expect(kinds(report)).toEqual(expect.arrayContaining(["decided-twice", "lost"]));
  });

  it("calls nothing lost that the tally has yet to decide", async () => {
    await stopTally();
    const [{ choice }] = ballots;
    const body = JSON.stringify({ ballotId: "e".repeat(32), choice });
    await vote(bench, "lunch", { token: bench.token("late"), body });
    const options = { engine: bench.engine, election: "lunch", transcript: transcriptOf() };
    const findings = new LoadFindings();
    await expect(
      verifyTranscript({ ...options, allowForeign: true, waitMs: 0, findings }),
    ).rejects.toMatchObject({ code: "not-running", message: expect.stringContaining("behind") });
  });
});
