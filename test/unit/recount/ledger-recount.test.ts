import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withStatus } from "../../../src/runtime/core/election.js";
import type { Ballot } from "../../../src/runtime/core/formats/ballot.js";
import {
  alreadyVoted,
  counted,
  electionClosed,
  unknownCandidate,
  wrongPartition,
} from "../../../src/runtime/core/formats/decision.js";
import { partitionOf } from "../../../src/runtime/core/voter/partition.js";
import type { FindingKind } from "../../../src/runtime/recount/findings/report.js";
import { recountElection } from "../../../src/runtime/recount/recount.js";
import { ballotOf, numbered } from "../../helpers/data/ballots.js";
import {
  type DraftSegment,
  electionOf,
  encodeChain,
  honestChain,
  storeChain,
} from "../../helpers/data/chains.js";
import { openTestEngine } from "../../helpers/data/election.js";

const candidates = 3;

/** Recounts an election whose partitions hold these segments. */
async function recountOf(
  id: string,
  chains: Buffer[][],
  shared?: Awaited<ReturnType<typeof openTestEngine>>,
  hours?: { readonly openedAt: number; readonly closesAt: number },
) {
  const engine = shared ?? (await openTestEngine());
  const draft = electionOf(id, candidates, chains.length);
  await engine.registry.create(draft);
  if (hours !== undefined) {
    const open = withStatus(draft, "open", hours.openedAt);
    await engine.registry.replace(open);
    await engine.registry.replace({ ...open, closesAt: hours.closesAt, revision: 3 });
  }
  for (const [partition, chain] of chains.entries()) {
    await storeChain(engine.ledger, id, partition, chain);
  }
  const { registry, ledger, log } = engine;
  return recountElection({ election: id, registry, ledger, log, from: "ledger" });
}

const yes = (voter: number, ballot: number, choice = 0) => ({
  ballot: ballotOf(voter, ballot, choice),
  decision: counted,
});
const no = (voter: number, ballot: number, reason = alreadyVoted, choice = 0) => ({
  ballot: ballotOf(voter, ballot, choice),
  decision: reason,
});

/** Voters 1 to 6 on one partition; 1 and 3 vote again, 7 names no candidate. */
const honest = (id = "demo") =>
  honestChain(id, 0, candidates, [
    [yes(1, 1), yes(2, 2, 1), yes(3, 3, 2)],
    [no(1, 11), yes(4, 4, 1), no(7, 7, unknownCandidate, 9)],
    [yes(5, 5), no(3, 13, alreadyVoted, 1), yes(6, 6, 1)],
  ]);

describe("an honest chain", () => {
  it("agrees, and is counted from its ballots", async () => {
    const report = await recountOf("demo", [encodeChain(honest())]);
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({
      agrees: true,
      sealed: true,
      segments: 3,
      ballots: 9,
      counted: 6,
      rejected: { "already-voted": 2, "unknown-candidate": 1 },
      result: [
        { candidate: "candidate-0", votes: 2 },
        { candidate: "candidate-1", votes: 3 },
        { candidate: "candidate-2", votes: 1 },
      ],
    });
    expect(report.seals).toMatchObject([{ partition: 0, sequence: 2 }]);
    expect(report.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it("may go on after the seal with ballots that came too late", async () => {
    const chain = honestChain("demo", 0, candidates, [
      [yes(1, 1)],
      [no(1, 2, electionClosed), no(9, 9, electionClosed)],
    ]);
    chain[0].sealed = true;
    chain[1].sealed = false;
    const report = await recountOf("demo", [encodeChain(chain)]);
    expect(report).toMatchObject({
      agrees: true,
      sealed: true,
      rejected: { "election-closed": 2 },
    });
  });

  it("without its seal is right so far, and not final", async () => {
    const chain = honest();
    chain[2].sealed = false;
    const report = await recountOf("demo", [encodeChain(chain)]);
    expect(report).toMatchObject({ agrees: true, sealed: false, seals: [] });
    expect(report.digest).toBeUndefined();
  });

  it("that does not exist yet is not sealed", async () => {
    const report = await recountOf("demo", [[], []]);
    expect(report).toMatchObject({ agrees: true, sealed: false, ballots: 0, partitions: 2 });
  });
});

describe("the hours of an election", () => {
  // Ballot n was received at n milliseconds after this.
  const at = 1_700_000_000_000;
  const recount = (chain: DraftSegment[], openedAt: number, closesAt: number) =>
    recountOf("demo", [encodeChain(chain)], undefined, {
      openedAt: at + openedAt,
      closesAt: at + closesAt,
    });

  it("hold its ballots, from the first to the last moment", async () => {
    const report = await recount(honest(), 1, 14);
    expect(report).toMatchObject({ findings: [], agrees: true, rejectedInTime: 0 });
  });

  it("name, in each segment, a ballot that was received before or after them", async () => {
    const report = await recount(honest(), 3, 13);
    expect(report.agrees).toBe(false);
    expect(report.findings.map(({ kind, sequence, index }) => [kind, sequence, index])).toEqual([
      ["outside-hours", 0, 0],
      ["outside-hours", 2, 1],
    ]);
    expect(report.findings[0].detail).toContain("(and 1 more of this segment)");
    expect(report.findings[1].detail).toContain(
      "received at 2023-11-14T22:13:20.013Z, but ballots are taken from 2023-11-14T22:13:20.003Z " +
        "to before 2023-11-14T22:13:20.013Z",
    );
  });

  it("tell which of those rejected as too late came in before the end", async () => {
    const late = [no(2, 2, electionClosed), no(3, 3, electionClosed), no(9, 9, electionClosed)];
    const chain = honestChain("demo", 0, candidates, [[yes(1, 1)], late]);
    chain[0].sealed = true;
    chain[1].sealed = false;
    // By the rules that is right: nobody was told that they were taken.
    expect(await recount(chain, 1, 4)).toMatchObject({ agrees: true, rejectedInTime: 2 });
    expect(await recount(chain, 1, 2)).toMatchObject({ agrees: true, rejectedInTime: 0 });
  });
});

/** How a chain can be forged so that all hashes still fit, and what has to be found. */
const forgeries: Record<string, [(chain: DraftSegment[]) => void, FindingKind, object]> = {
  "a ballot counted again": [
    (chain) => push(chain, 2, yes(1, 1)),
    "ballot-decided-twice",
    { sequence: 2, index: 3, ballotId: numbered(1).toString("hex") },
  ],
  "a voter counted twice": [
    (chain) => push(chain, 1, yes(2, 22)),
    "voter-counted-twice",
    { sequence: 1, index: 3, ballotId: numbered(22).toString("hex") },
  ],
  "a voter rejected as already voted and never counted": [
    (chain) => push(chain, 1, no(8, 8)),
    "voter-not-counted",
    { sequence: 1, index: 3, ballotId: numbered(8).toString("hex") },
  ],
  "a voter's second ballot counted in place of the first": [
    (chain) => {
      push(chain, 1, no(8, 8));
      push(chain, 2, yes(8, 88));
    },
    "voter-not-counted",
    { sequence: 1, index: 3 },
  ],
  "a count one too high": [(chain) => chain[1].counts[1]++, "wrong-totals", { sequence: 1 }],
  "a rejection one too few": [
    (chain) => chain[1].rejections[alreadyVoted - 1]--,
    "wrong-totals",
    { sequence: 1 },
  ],
  "retries that grow fewer": [
    (chain) => {
      chain[0].retriesAbsorbed = 5;
      chain[1].retriesAbsorbed = 4;
    },
    "wrong-totals",
    { sequence: 1 },
  ],
  "rejected ballots that no segment keeps, though no voter has so many": [
    (chain) => {
      for (const segment of chain.slice(1)) {
        segment.unkept[alreadyVoted - 1] = 1;
        segment.rejections[alreadyVoted - 1]++;
      }
    },
    "wrong-totals",
    { sequence: 1 },
  ],
  "rejected ballots that no segment keeps, growing fewer": [
    (chain) => {
      chain[1].unkept[alreadyVoted - 1] = 1;
      chain[1].rejections[alreadyVoted - 1]++;
    },
    "wrong-totals",
    { sequence: 2 },
  ],
  "more rejected ballots of one voter than are kept": [
    (chain) => {
      for (let ballot = 100; ballot < 117; ballot++) push(chain, 2, no(1, ballot));
    },
    "wrong-decision",
    { sequence: 2, index: 18, ballotId: numbered(115).toString("hex") },
  ],
  "a choice that no candidate has, counted": [
    (chain) => {
      chain[0].ballots[1] = yes(2, 2, 3);
    },
    "wrong-decision",
    { sequence: 0, index: 1 },
  ],
  "a valid choice rejected as unknown": [
    (chain) => push(chain, 1, no(8, 8, unknownCandidate, 2)),
    "wrong-decision",
    { sequence: 1, index: 3 },
  ],
  "a ballot rejected as late before the seal": [
    (chain) => push(chain, 1, no(8, 8, electionClosed)),
    "wrong-decision",
    { sequence: 1, index: 3 },
  ],
  "a decision that does not exist": [
    (chain) => {
      chain[1].ballots[0].decision = 77;
    },
    "corrupt-segment",
    { sequence: 1, detail: expect.stringContaining("ballot 0: decision 77 is not known") },
  ],
  "a count after the seal": [
    (chain) => {
      chain[1].sealed = true;
      chain[2].sealed = false;
    },
    "wrong-decision",
    { sequence: 2, index: 0 },
  ],
  "two seals": [
    (chain) => {
      chain[1].sealed = true;
    },
    "wrong-seal",
    { sequence: 2 },
  ],
  "log positions that leave a gap": [
    (chain) => {
      chain[1].positionFrom++;
      chain[1].positionTo++;
    },
    "wrong-positions",
    { sequence: 1 },
  ],
  "a start behind the log's beginning": [
    (chain) => {
      for (const segment of chain) {
        segment.positionFrom += 5;
        segment.positionTo += 5;
      }
    },
    "wrong-positions",
    { sequence: 0 },
  ],
  "a segment of nothing at all": [
    (chain) => {
      chain[2].ballots = [];
      chain[2].counts = [...chain[1].counts];
      chain[2].rejections = [...chain[1].rejections];
      chain[2].positionTo = chain[2].positionFrom;
    },
    "wrong-positions",
    { sequence: 2 },
  ],
  "log positions that go back": [
    (chain) => {
      chain[2].positionTo = 0;
    },
    "wrong-positions",
    { sequence: 2 },
  ],
  "ballots out of no log position": [
    (chain) => {
      chain[2].positionTo = chain[2].positionFrom;
    },
    "wrong-positions",
    { sequence: 2 },
  ],
  "a dropped segment": [(chain) => chain.splice(1, 1), "wrong-place", { sequence: 1 }],
  "swapped segments": [
    (chain) => chain.splice(0, 2, chain[1], chain[0]),
    "wrong-place",
    { sequence: 0 },
  ],
  "a segment of another partition": [
    (chain) => {
      chain[1].partition = 4;
    },
    "wrong-place",
    { sequence: 1 },
  ],
  "a segment of another election": [
    (chain) => {
      chain[1].election = "other";
    },
    "wrong-place",
    { sequence: 1 },
  ],
  "another number of candidates": [
    (chain) => chain[2].counts.push(0),
    "wrong-place",
    { sequence: 2 },
  ],
};

/** Adds a ballot and lets all totals fit. */
function push(chain: DraftSegment[], sequence: number, entry: ReturnType<typeof yes>): void {
  chain[sequence].ballots.push(entry);
  for (const segment of chain.slice(sequence)) {
    if (entry.decision === counted) segment.counts[entry.ballot.choice]++;
    else segment.rejections[entry.decision - 1]++;
  }
}

describe("a forged chain, hashes and all", () => {
  it.each(Object.entries(forgeries))("%s", async (_name, [forge, kind, place]) => {
    const chain = honest();
    forge(chain);
    const report = await recountOf("demo", [encodeChain(chain)]);
    expect(report.agrees).toBe(false);
    expect(report.findings[0]).toMatchObject({ kind, election: "demo", partition: 0, ...place });
    expect(report.findings[0].detail).toContain("election demo, partition 0, segment");
    expect(report.findingCount).toBe(report.findings.length);
  });

  it("a voter of another partition", async () => {
    const tagOf = (voter: number) => partitionOf(numbered(voter).readUInt32LE(0), 2);
    expect([tagOf(2), tagOf(3)]).toEqual([0, 1]);
    const chains = [
      honestChain(
        "demo",
        0,
        candidates,
        [[yes(2, 2), yes(3, 3), no(5, 5, wrongPartition), no(4, 4, wrongPartition)]],
        2,
      ),
      honestChain("demo", 1, candidates, [[yes(5, 5)]], 2),
    ];
    const report = await recountOf("demo", chains.map(encodeChain));
    expect(report.findings).toMatchObject([
      { kind: "wrong-partition", partition: 0, sequence: 0, index: 1 },
      // A ballot may be rejected for being in another partition only if it is.
      { kind: "wrong-partition", partition: 0, sequence: 0, index: 3 },
    ]);
  });

  it("a segment replaced without the hashes of those after it", async () => {
    const chain = honest();
    const segments = encodeChain(chain);
    chain[0].retriesAbsorbed = 0;
    chain[0].ballots[0] = yes(1, 1, 0);
    chain[0].ballots[0].ballot = { ...ballotOf(1, 1), receivedAt: 5 };
    segments[0] = encodeChain(chain)[0];
    const report = await recountOf("demo", [segments]);
    expect(report.findings).toMatchObject([{ kind: "broken-chain", sequence: 1 }]);
  });

  it("a wrong total is told once, where it stands", async () => {
    const chain = honest();
    for (const segment of chain.slice(1)) segment.counts[2] += 10;
    const report = await recountOf("demo", [encodeChain(chain)]);
    expect(report.findings).toMatchObject([{ kind: "wrong-totals", sequence: 1 }]);
    expect(report.findings[0].detail).toContain("11 votes for candidate-2 so far");
    expect(report.result[2]).toEqual({ candidate: "candidate-2", votes: 1 });
  });

  it("many errors are counted, and the first hundred kept", async () => {
    const twice = Array.from({ length: 150 }, (_, index) => yes(1, index + 1));
    const report = await recountOf("demo", [encodeChain(honestChain("demo", 0, 3, [twice]))]);
    expect(report.findings).toHaveLength(100);
    expect(report.findingCount).toBe(149);
  });

  it("any flipped byte is found in its segment", async () => {
    const engine = await openTestEngine();
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.nat(2),
        fc.nat(100_000),
        fc.integer({ min: 1, max: 255 }),
        async (sequence, at, flip) => {
          const segments = encodeChain(honest(`e${runs}`));
          segments[sequence][at % segments[sequence].length] ^= flip;
          const report = await recountOf(`e${runs++}`, [segments], engine);
          expect(report.findings).toMatchObject([{ kind: "corrupt-segment", sequence }]);
          expect(report.segments).toBe(sequence);
          expect(report.sealed).toBe(false);
        },
      ),
      { numRuns: 40 },
    );
  });
});

interface Event {
  voter: number;
  ballot: number;
  choice: number;
}

/** The rule as a first-year student would write it. */
function naive(events: readonly Event[]) {
  const seen = new Set<string>();
  const voted = new Set<number>();
  const decided: { ballot: Ballot; decision: number }[] = [];
  for (const { voter, ballot, choice } of events) {
    if (seen.has(`${voter}/${ballot}`)) continue;
    seen.add(`${voter}/${ballot}`);
    const decision =
      choice >= candidates ? unknownCandidate : voted.has(voter) ? alreadyVoted : counted;
    if (decision === counted) voted.add(voter);
    decided.push({ ballot: ballotOf(voter, ballot, choice), decision });
  }
  return decided;
}

const events = fc.array(
  fc.record({ voter: fc.nat(30), ballot: fc.nat(12), choice: fc.nat(candidates) }),
  { minLength: 1, maxLength: 120 },
);

describe("random elections", () => {
  const cut = (decided: ReturnType<typeof naive>, size: number) => {
    const segments: (typeof decided)[] = [];
    for (let at = 0; at < decided.length; at += size) segments.push(decided.slice(at, at + size));
    return segments;
  };

  it("agree with the naive model when honest, and never when one decision is changed", async () => {
    const engine = await openTestEngine();
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(
        events,
        fc.integer({ min: 1, max: 40 }),
        fc.nat(),
        fc.integer({ min: 1, max: 3 }),
        async (list, size, victim, change) => {
          const decided = naive(list);
          const id = `e${runs++}`;
          const chain = honestChain(id, 0, candidates, cut(decided, size));
          const report = await recountOf(id, [encodeChain(chain)], engine);
          expect(report).toMatchObject({ agrees: true, sealed: true, findings: [] });
          const votes = [0, 1, 2].map(
            (choice) =>
              decided.filter((d) => d.decision === counted && d.ballot.choice === choice).length,
          );
          expect(report.result.map((line) => line.votes)).toEqual(votes);

          const forgedList = decided.map((entry) => ({ ...entry }));
          const target = forgedList[victim % forgedList.length];
          target.decision = (target.decision + change) % 4;
          // A ballot without a candidate has no place in the totals to hide in.
          const forged = honestChain(`${id}x`, 0, candidates, cut(forgedList, size));
          for (const segment of forged) segment.counts.length = candidates;
          const verdict = await recountOf(`${id}x`, [encodeChain(forged)], engine);
          expect(verdict.agrees).toBe(false);
        },
      ),
      { numRuns: 60 },
    );
  });
});
