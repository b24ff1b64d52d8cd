import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { withStatus } from "../../../src/runtime/core/election.js";
import type { Ballot } from "../../../src/runtime/core/formats/ballot.js";
import {
  alreadyVoted,
  counted,
  electionClosed,
} from "../../../src/runtime/core/formats/decision.js";
import { decodeSegment } from "../../../src/runtime/core/formats/segment.js";
import { recountElection } from "../../../src/runtime/recount/recount.js";
import { waitForSeals } from "../../../src/runtime/recount/wait-for-seals.js";
import { startTally } from "../../../src/runtime/tally/tally.js";
import type { Engine } from "../../../src/runtime/wiring/engine.js";
import { ballotOf, closingTime, frameOf, markerOf, numbered } from "../../helpers/data/ballots.js";
import {
  bindToLog,
  type DraftSegment,
  electionOf,
  encodeChain,
  honestChain,
  storeChain,
} from "../../helpers/data/chains.js";
import { openTestEngine } from "../../helpers/data/election.js";

const candidates = 3;

const recount = ({ registry, ledger, log }: Engine, election: string) =>
  recountElection({ election, registry, ledger, log, from: "log" });

const append = (engine: Engine, election: string, frames: Buffer[]) =>
  engine.log.append(frames.map((bytes) => ({ election, partition: 0, bytes })));

describe("against what the real tally made of the same log", () => {
  const voterBallot = fc.record({
    voter: fc.nat(12),
    ballot: fc.nat(4),
    choice: fc.nat(candidates),
  });
  /** More ballots of few voters than are kept of their rejected ones. */
  const flood = fc.record({ voter: fc.nat(2), ballot: fc.nat(90), choice: fc.nat(candidates) });
  const framesOf = (ballot: typeof voterBallot) =>
    fc.array(
      fc.record({
        ballots: fc.array(ballot, { minLength: 1, maxLength: 25 }),
        times: fc.constantFrom(1, 1, 1, 2),
      }),
      { minLength: 1, maxLength: 12 },
    );

  it.each([
    ["random ballots, retries, repeated frames and late ballots", framesOf(voterBallot)],
    ["voters who send far more than is kept of them", framesOf(flood)],
  ])(
    "agrees for %s",
    async (_what, frames) => {
      const engine = await openTestEngine();
      const tally = await startTally(engine);
      onTestFinished(() => tally.stop());
      let runs = 0;
      await fc.assert(
        fc.asyncProperty(frames, fc.nat(12), async (list, closeAt) => {
          const id = `e${runs++}`;
          const election = electionOf(id, candidates, 1);
          await engine.registry.create(election);
          await engine.registry.replace(withStatus(election, "open", 2));
          const records = list.flatMap(({ ballots, times }) =>
            new Array<Buffer>(times).fill(
              frameOf(
                id,
                0,
                ballots.map(({ voter, ballot, choice }) => ballotOf(voter, ballot, choice)),
              ),
            ),
          );
          records.splice(Math.min(closeAt, records.length), 0, markerOf(id, 0));
          records.push(markerOf(id, 0));
          await append(engine, id, records);
          const { ledger, log } = engine;
          await waitForSeals({ election, ledger, log, timeoutMs: 60_000, pollMs: 5 });
          const report = await recount(engine, id);
          expect(report).toMatchObject({ agrees: true, sealed: true, behind: 0, findings: [] });
          const all = list.reduce((sum, frame) => sum + frame.ballots.length * frame.times, 0);
          expect(report.ballots + report.retriesAbsorbed).toBe(all);
          const { registry } = engine;
          const alone = await recountElection({
            election: id,
            registry,
            ledger,
            log,
            from: "ledger",
          });
          expect(alone.findings).toEqual([]);
          expect(alone.rejected).toEqual(report.rejected);
        }),
        { numRuns: 25 },
      );
    },
    60_000,
  );
});

/** The log of the forgeries: voter 1 twice, voter 2's ballot retried, then closed, then late. */
const logFrames = (id: string) => [
  frameOf(id, 0, [ballotOf(1, 1), ballotOf(2, 2, 1)]),
  frameOf(id, 0, [ballotOf(1, 11, 1), ballotOf(2, 2, 1), ballotOf(3, 3, 2)]),
  markerOf(id, 0),
  frameOf(id, 0, [ballotOf(4, 4)]),
];

const entry = (ballot: Ballot, decision = counted) => ({ ballot, decision });

/** What a tally has to make of it: positions 0 to 2 in two segments, the late one in a third. */
function honest(): DraftSegment[] {
  const chain = honestChain("demo", 0, candidates, [
    [entry(ballotOf(1, 1)), entry(ballotOf(2, 2, 1))],
    [entry(ballotOf(1, 11, 1), alreadyVoted), entry(ballotOf(3, 3, 2))],
    [entry(ballotOf(4, 4), electionClosed)],
  ]);
  Object.assign(chain[1], { positionTo: 3, sealed: true, retriesAbsorbed: 1 });
  Object.assign(chain[2], { positionFrom: 3, positionTo: 4, sealed: false, retriesAbsorbed: 1 });
  bindToLog(chain, logFrames("demo"));
  return chain;
}

async function recountOf(
  chain: readonly DraftSegment[],
  forge: (frames: Buffer[]) => unknown = () => undefined,
) {
  const engine = await openTestEngine();
  await engine.registry.create(electionOf("demo", candidates, 1));
  const frames = logFrames("demo");
  forge(frames);
  await append(engine, "demo", frames);
  await storeChain(engine.ledger, "demo", 0, encodeChain(chain));
  return recount(engine, "demo");
}

/** Forgeries that the ledger alone cannot show: every total, hash and rule still fits. */
const forgeries: Record<string, [(chain: DraftSegment[]) => void, object]> = {
  "a vote moved to another candidate": [
    (chain) => {
      chain[0].ballots[0] = entry(ballotOf(1, 1, 2));
      for (const segment of chain) segment.counts = [0, 1, segment.counts[2] + 1];
    },
    { sequence: 0, index: 0, ballotId: numbered(1).toString("hex") },
  ],
  "another time of receipt": [
    (chain) => {
      chain[0].ballots[0] = entry({ ...ballotOf(1, 1), receivedAt: 7 });
    },
    { sequence: 0, index: 0 },
  ],
  "a ballot left out": [
    (chain) => {
      chain[1].ballots.pop();
      for (const segment of chain.slice(1)) segment.counts[2] = 0;
    },
    { sequence: 1, index: 1 },
  ],
  "a ballot put in": [
    (chain) => {
      chain[1].ballots.push(entry(ballotOf(9, 9, 2)));
      for (const segment of chain.slice(1)) segment.counts[2] = 2;
    },
    { sequence: 1, index: 2, ballotId: numbered(9).toString("hex") },
  ],
  "two ballots swapped": [(chain) => chain[0].ballots.reverse(), { sequence: 0, index: 0 }],
  "other retries": [
    (chain) => {
      for (const segment of chain.slice(1)) segment.retriesAbsorbed = 2;
    },
    { sequence: 1 },
  ],
  "a seal before the close": [
    (chain) => {
      chain[0].sealed = true;
      chain.length = 1;
    },
    { sequence: 0 },
  ],
  "a seal that is missing": [
    (chain) => {
      chain.length = 2;
      chain[1].sealed = false;
    },
    { sequence: 1 },
  ],
};

describe("a ledger that differs from its log", () => {
  it("is told from one that does not", async () => {
    const report = await recountOf(honest());
    expect(report).toMatchObject({ findings: [], agrees: true, sealed: true, behind: 0 });
  });

  it.each(Object.entries(forgeries))("%s", async (_name, [forge, place]) => {
    const chain = honest();
    forge(chain);
    const report = await recountOf(chain);
    expect(report.agrees).toBe(false);
    expect(report.findings[0]).toMatchObject({ kind: "log-differs", partition: 0, ...place });
  });

  it.each([
    [13, []],
    [12, [{ kind: "log-differs", partition: 0, sequence: 0 }]],
    [14, [{ kind: "log-differs", partition: 0, sequence: 0 }]],
  ])("says %i of 13 rejected ballots are not kept", async (stated, findings) => {
    const engine = await openTestEngine();
    await engine.registry.create(electionOf("demo", candidates, 1));
    const ballots = Array.from({ length: 30 }, (_, n) => ballotOf(1, n));
    const frames = [frameOf("demo", 0, ballots), markerOf("demo", 0)];
    const kept = ballots.slice(0, 17).map((ballot, n) => entry(ballot, n === 0 ? 0 : alreadyVoted));
    const chain = honestChain("demo", 0, candidates, [kept]);
    chain[0].positionTo = 2;
    chain[0].unkept[alreadyVoted - 1] = stated;
    chain[0].rejections[alreadyVoted - 1] += stated;
    bindToLog(chain, frames);
    await append(engine, "demo", frames);
    await storeChain(engine.ledger, "demo", 0, encodeChain(chain));
    const report = await recount(engine, "demo");
    expect(report.findings).toMatchObject(findings);
    expect(report.findings).toHaveLength(findings.length);
    expect(report).toMatchObject({ rejected: { "already-voted": 16 + stated }, sealed: true });
    // The ledger alone cannot know how many there were, only that the voter had enough of them.
    const { registry, ledger, log } = engine;
    const alone = await recountElection({
      election: "demo",
      registry,
      ledger,
      log,
      from: "ledger",
    });
    expect(alone.findings).toEqual([]);
  });

  it("is behind when the log goes on: a finding once the partition is sealed", async () => {
    const sealed = await recountOf(honest().slice(0, 2));
    expect(sealed.behind).toBe(1);
    expect(sealed.findings).toMatchObject([{ kind: "log-ahead", partition: 0, position: 3 }]);
    const running = await recountOf(honest().slice(0, 1));
    expect(running).toMatchObject({ agrees: true, sealed: false, behind: 3 });
  });

  it("has segments of frames that the log has lost", async () => {
    const report = await recountOf(honest(), (frames) => frames.pop());
    expect(report.findings).toMatchObject([
      { kind: "corrupt-log", position: 3 },
      { kind: "log-differs", sequence: 2, index: 0 },
    ]);
  });

  it("names a flipped byte of a frame by its position", async () => {
    for (let at = 0; at < logFrames("demo")[1].length; at += 7) {
      const report = await recountOf(honest(), (frames) => {
        frames[1][at] ^= 1;
      });
      expect(report.findings).toMatchObject([{ kind: "corrupt-frame", partition: 0, position: 1 }]);
    }
  });

  it("names what keeps a closed election from its seal, counting from the ledger too", async () => {
    const engine = await openTestEngine();
    const draft = electionOf("demo", candidates, 1);
    const open = withStatus(draft, "open", 2);
    await engine.registry.create(draft);
    await engine.registry.replace(open);
    const frames = logFrames("demo");
    frames[1][250] ^= 1;
    await append(engine, "demo", frames);
    await storeChain(engine.ledger, "demo", 0, encodeChain(honest().slice(0, 1)));
    const { registry, ledger, log } = engine;
    const options = { election: "demo", registry, ledger, log, from: "ledger" } as const;
    // While it is open, the rest of the log is the tally's to read: the ledger is in order.
    expect(await recountElection(options)).toMatchObject({ agrees: true, sealed: false });
    await registry.replace(withStatus(open, "closed", closingTime));
    expect(await recountElection(options)).toMatchObject({
      agrees: false,
      sealed: false,
      counted: honest()[0].ballots.length,
      findings: [
        {
          kind: "corrupt-frame",
          partition: 0,
          position: 1,
          detail:
            "election demo, partition 0, position 1: " +
            "the ballots do not match their hash; reading ends here",
        },
      ],
    });
  });

  it("names a frame of another partition", async () => {
    const report = await recountOf(honest(), (frames) => {
      frames[1] = frameOf("demo", 1, [ballotOf(1, 11, 1)]);
    });
    // A tally passes it over and says so; this ledger does not.
    expect(report.findings).toMatchObject([{ kind: "wrong-refusal", position: 1 }]);
    expect(report.findings[0].detail).toContain(
      "the ledger decides it, but it is to be passed over as wrong-partition",
    );
  });
});

describe("a log that has lost records", () => {
  it.each([0, 1, 3])("is damaged from position %i on, which it ends at", async (kept) => {
    const report = await recountOf(honest(), (frames) => frames.splice(kept));
    expect(report.agrees).toBe(false);
    const detail =
      `election demo, partition 0, position ${kept}: the log ends here, ` +
      "but the ledger was made from it up to position 4";
    expect(report.findings[0]).toMatchObject({ kind: "corrupt-log", position: kept, detail });
  });
});

describe("waiting for the seals", () => {
  it("ends with not-sealed, naming the partitions", async () => {
    const { ledger } = await openTestEngine();
    const election = electionOf("demo", candidates, 2);
    const chain = honest();
    await storeChain(ledger, "demo", 0, encodeChain(chain));
    const options = { election, ledger, pollMs: 1, timeoutMs: 3 };
    await expect(waitForSeals(options)).rejects.toMatchObject({
      code: "not-sealed",
      message: "Election demo, after 3 ms: partition 1 has no seal.",
    });
  });

  it("finds the seal behind late ballots, and a seal that comes while it waits", async () => {
    const { ledger } = await openTestEngine();
    const election = electionOf("demo", candidates, 1);
    const segments = encodeChain(honest());
    const place = { election: "demo", partition: 0 };
    await ledger.append({ ...place, sequence: 0 }, segments[0]);
    const waiting = waitForSeals({ election, ledger, pollMs: 1, timeoutMs: 60_000 });
    await ledger.append({ ...place, sequence: 1 }, segments[1]);
    await ledger.append({ ...place, sequence: 2 }, segments[2]);
    await waiting;
    expect(decodeSegment(segments[2], "").sealed).toBe(false);
    await waitForSeals({ election, ledger, pollMs: 1, timeoutMs: 0 });
  });

  it("waits for the log's end too, if it is given", async () => {
    const engine = await openTestEngine();
    const { ledger, log } = engine;
    const election = electionOf("demo", candidates, 1);
    await append(engine, "demo", logFrames("demo"));
    const segments = encodeChain(honest());
    const options = { election, ledger, log, pollMs: 1, timeoutMs: 0 };
    const says = (lack: string, hint: string) =>
      expect(waitForSeals(options)).rejects.toMatchObject({
        code: "not-sealed",
        message: `Election demo, after 0 ms: partition 0 ${lack}.`,
        hint: expect.stringContaining(hint),
      });
    await says("has no seal, and no segment decides its log from position 0 on", "tally");
    await storeChain(ledger, "demo", 0, segments.slice(0, 2));
    await says("is sealed, but no segment decides its log from position 3 on", "tally");
    await ledger.append({ election: "demo", partition: 0, sequence: 2 }, segments[2]);
    await waitForSeals(options);
  });

  it("says which partition's log has no close marker", async () => {
    const engine = await openTestEngine();
    const { ledger, log } = engine;
    const election = electionOf("demo", candidates, 1);
    const chain = honest().slice(0, 1);
    await append(engine, "demo", logFrames("demo").slice(0, 1));
    await storeChain(ledger, "demo", 0, encodeChain(chain));
    await expect(waitForSeals({ election, ledger, log, timeoutMs: 0 })).rejects.toMatchObject({
      message: expect.stringContaining("partition 0 has no seal, and its log no further record."),
      hint: expect.stringContaining("vote election close demo"),
    });
  });
});
