import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LoadFindingKind } from "../../../../src/runtime/contracts/load/load-finding.js";
import type { LoadRecord } from "../../../../src/runtime/contracts/load/load-record.js";
import { ballotBytes } from "../../../../src/runtime/core/formats/ballot.js";
import { alreadyVoted, counted } from "../../../../src/runtime/core/formats/decision.js";
import { instanceOf } from "../../../../src/runtime/core/formats/definition.js";
import {
  allocateFrame,
  ballotsFrame,
  type FrameHeader,
  frameHeaderBytes,
  sealFrame,
} from "../../../../src/runtime/core/formats/frame.js";
import {
  decodeSegment,
  encodeSegment,
  type Segment,
} from "../../../../src/runtime/core/formats/segment.js";
import { partitionOf } from "../../../../src/runtime/core/voter/partition.js";
import { requireElection } from "../../../../src/runtime/elections/elections.js";
import { signFrames } from "../../../../src/runtime/keys/frame-signature.js";
import { runLoadAndReconcile } from "../../../../src/runtime/system/load/load-run.js";
import type { Engine } from "../../../../src/runtime/wiring/engine.js";
import { choiceOffset, writeBallot } from "../../../helpers/data/ballots.js";
import { eventually } from "../../../helpers/temporary.js";
import {
  type LoadBench,
  partitions,
  scenarioOf,
  startLoadBench,
  withAppend,
  withSegments,
  withView,
} from "../support.js";

let bench: LoadBench;

beforeEach(async () => {
  bench = await startLoadBench();
});

afterEach(() => bench.stop());

async function run(
  engine: Engine,
  changes: Partial<Parameters<typeof runLoadAndReconcile>[0]> = {},
): Promise<LoadRecord> {
  const options = { engine, election: "lunch", scenario: scenarioOf(), ...changes };
  return (await runLoadAndReconcile(options)).record;
}

function findings(record: LoadRecord, kind: LoadFindingKind) {
  return record.findings.filter((finding) => finding.kind === kind);
}

/** The engine with one segment changed, of those that have what it takes. */
function withOneChanged(
  engine: Engine,
  change: (segment: Segment, ballots: Buffer, decisions: Buffer) => boolean,
): Engine {
  let done: string | undefined;
  return withSegments(engine, (bytes, partition) => {
    const segment = decodeSegment(bytes, "test");
    const name = `${partition}/${segment.sequence}`;
    if (done !== undefined && done !== name) return bytes;
    const ballots = Buffer.from(segment.ballots);
    const decisions = Buffer.from(segment.decisions);
    if (!change(segment, ballots, decisions)) return bytes;
    done = name;
    return encodeSegment(segment, ballots, decisions);
  });
}

describe("reconcile", () => {
  it("names every ballot of a frame that was acknowledged and dropped", async () => {
    let appends = 0;
    let dropped = 0;
    const engine = withAppend(bench.engine, async (frames) => {
      if (appends++ !== 3) return bench.engine.log.append(frames);
      const [first, ...others] = frames;
      dropped = (first.bytes.length - frameHeaderBytes) / ballotBytes;
      return [4_711, ...(await bench.engine.log.append(others))];
    });
    // Without retries: one of them could bring a dropped ballot back.
    const scenario = scenarioOf({ retryShare: 0 });
    // Nobody will see them; meanwhile the tally has to come to the others.
    const record = await run(engine, { scenario, drainWithinMs: 10_000 });
    expect(dropped).toBeGreaterThan(0);
    expect(record.lost).toBe(dropped);
    expect(record).toMatchObject({ double: 0, invented: 0, reconciled: false, verdict: "fail" });
    expect(record.agreement).toEqual({ generator: false, view: true, ledger: true, recount: true });
    const [finding] = findings(record, "lost");
    expect(finding).toMatchObject({ stream: "main", partition: 0, position: 4_711 });
    expect(finding.ballotId).toMatch(/^[0-9a-f]{32}$/);
    expect(finding.detail).toContain("partition 0, position 4711");
    expect(finding.acknowledgedAt).toBeGreaterThanOrEqual(finding.intendedAt!);
  });

  it("names a second vote that was counted", async () => {
    const engine = withOneChanged(bench.engine, (_segment, _ballots, decisions) => {
      const place = decisions.indexOf(alreadyVoted);
      if (place !== -1) decisions[place] = counted;
      return place !== -1;
    });
    const record = await run(engine);
    expect(record).toMatchObject({ lost: 0, double: 1, verdict: "fail" });
    expect(record.agreement).toMatchObject({ generator: false, ledger: false, recount: false });
    expect(findings(record, "counted-twice")).toMatchObject([{ stream: "main" }]);
  });

  it("names a ballot that stands in the ledger twice", async () => {
    const engine = withOneChanged(bench.engine, (segment, ballots) => {
      if (segment.ballotCount < 2) return false;
      ballots.copy(ballots, ballotBytes, 0, ballotBytes);
      return true;
    });
    const record = await run(engine);
    // The copy stands where another ballot was: that one is lost.
    expect(record).toMatchObject({ lost: 1, double: 1, verdict: "fail" });
    const [twice] = findings(record, "decided-twice");
    expect(twice.ballotId).not.toBe(findings(record, "lost")[0].ballotId);
  });

  it("names a ballot with another choice, another voter or another decision", async () => {
    const record = await run(
      withOneChanged(bench.engine, (segment, ballots, decisions) => {
        const first = decisions.indexOf(counted);
        if (segment.ballotCount < 3 || first !== 0 || decisions[1] !== counted) return false;
        ballots[choiceOffset] = (ballots[choiceOffset] + 1) % 3;
        ballots[ballotBytes] ^= 1;
        decisions[1] = alreadyVoted;
        return true;
      }),
    );
    expect(record).toMatchObject({ lost: 0, double: 0, verdict: "fail" });
    expect(findings(record, "wrong-choice")).toHaveLength(1);
    expect(findings(record, "wrong-voter")).toHaveLength(1);
    expect(findings(record, "wrong-decision")).toHaveLength(1);
  });

  it("names a ballot that nobody sent, unless others may vote too", async () => {
    let appends = 0;
    const engine = withAppend(bench.engine, async (frames) => {
      if (appends++ === 2) await invent();
      return bench.engine.log.append(frames);
    });
    const record = await run(engine);
    expect(record).toMatchObject({ lost: 0, double: 0, invented: 1, verdict: "fail" });
    expect(findings(record, "invented")).toMatchObject([{ ballotId: "06".repeat(16) }]);
    const again = await run(bench.engine, { allowForeign: true });
    expect(again).toMatchObject({ invented: 0, foreign: record.counted + 1 + rejected(record) });
    expect(again.verdict).toBe("pass");
  });

  it("names a ballot that nobody sent in an election that had ballots before", async () => {
    const first = await run(bench.engine);
    let appends = 0;
    const engine = withAppend(bench.engine, async (frames) => {
      if (appends++ === 2) await invent();
      return bench.engine.log.append(frames);
    });
    const second = await run(engine);
    expect(second).toMatchObject({ lost: 0, double: 0, invented: 1, verdict: "fail" });
    expect(second.foreign).toBe(first.acknowledged);
    expect(findings(second, "invented")).toMatchObject([{ ballotId: "06".repeat(16) }]);
  });

  it("compares again what moved while it compared", async () => {
    let looks = Number.NEGATIVE_INFINITY;
    const engine = withView(bench.engine, async (election) => {
      // After the ledger was read, and before the view is.
      if (++looks === 3) {
        const before = await shownBallots();
        await invent();
        await eventually("the tally decides it", async () => (await shownBallots()) > before);
      }
      return bench.engine.view.get(election);
    });
    const record = await run(engine, {
      allowForeign: true,
      beforeReconcile: async () => {
        looks = 0;
      },
    });
    expect(looks).toBeGreaterThan(3);
    expect(record).toMatchObject({ findings: [], foreign: 1, reconciled: true, verdict: "pass" });
  });

  it("sees that the view shows something else", async () => {
    const record = await run(bench.engine, {
      beforeReconcile: async () => {
        await bench.stopTally();
        const [shown] = (await bench.engine.view.get("lunch")).partitions;
        const counts = shown.counts.map((votes) => votes + 1);
        await bench.engine.view.set("lunch", { ...shown, sequence: shown.sequence + 1, counts });
      },
    });
    expect(record).toMatchObject({ lost: 0, double: 0, verdict: "fail" });
    expect(record.agreement).toEqual({ generator: true, view: false, ledger: true, recount: true });
  });

  it("does not call lost what the tally has not come to yet", async () => {
    const engine = withAppend(bench.engine, async (frames) => {
      await bench.stopTally();
      return bench.engine.log.append(frames);
    });
    const record = await run(engine, { drainWithinMs: 50 });
    expect(record).toMatchObject({ drained: false, reconciled: false, verdict: "fail" });
    expect(record).toMatchObject({ lost: 0, undecided: record.acknowledged, findings: [] });
    expect(record.agreement).toEqual({ generator: true, view: true, ledger: true, recount: true });
    expect(record.undecided).toBeGreaterThan(0);
  });

  it("names at most some of many that are lost", async () => {
    // Beyond the log's end: acknowledged, and never in it.
    const engine = withAppend(bench.engine, async (frames) => frames.map(() => 4_711));
    const record = await run(engine, { drainWithinMs: 50 });
    expect(record).toMatchObject({ reconciled: false, undecided: 0, verdict: "fail" });
    expect(record.lost).toBe(record.acknowledged);
    expect(record.findings.length).toBeLessThan(record.findingCount);
  });
});

/** A ballot in the log that no harness knows of. */
async function invent(): Promise<void> {
  const voterTag = Buffer.alloc(16, 5);
  const frame = allocateFrame(1);
  const ballotId = Buffer.alloc(16, 6);
  writeBallot(frame, frameHeaderBytes, { voterTag, ballotId, receivedAt: Date.now(), choice: 2 });
  const partition = partitionOf(voterTag.readInt32LE(0), partitions);
  const key = await bench.engine.keys.signingKey("frames");
  const header: FrameHeader = {
    kind: ballotsFrame,
    election: "lunch",
    instance: instanceOf(await requireElection(bench.engine, "lunch")),
    partition,
    producerId: Buffer.alloc(16, 7),
    producerSequence: 1,
    keyId: key.idBytes,
  };
  const bytes = sealFrame(frame, header, 1);
  await signFrames([{ bytes }], key);
  await bench.engine.log.append([{ election: "lunch", partition, bytes }]);
}

async function shownBallots(): Promise<number> {
  const { partitions: shown } = await bench.engine.view.get("lunch");
  return shown.reduce((sum, { counts }) => sum + counts.reduce((a, b) => a + b, 0), 0);
}

function rejected(record: LoadRecord): number {
  return Object.values(record.rejected).reduce((sum, votes) => sum + votes, 0);
}
