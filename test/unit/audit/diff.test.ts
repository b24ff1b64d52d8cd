import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { decisionDiffText } from "../../../src/cli/text/audit/decision-diff-text.js";
import { diffDecisions } from "../../../src/runtime/audit/diff/diff-decisions.js";
import { diffExports } from "../../../src/runtime/audit/diff/diff-exports.js";
import { exportElection } from "../../../src/runtime/audit/export-election.js";
import type { DecisionDiff } from "../../../src/runtime/contracts/audit/decision-diff.js";
import { ballotBytes } from "../../../src/runtime/core/formats/ballot.js";
import type { Segment } from "../../../src/runtime/core/formats/segment.js";
import type { LedgerReader } from "../../../src/runtime/ledger/port.js";
import { openEvidence } from "../../../src/runtime/wiring/evidence.js";
import { ballotOf } from "../../helpers/data/ballots.js";
import { encodeChain, honestChain } from "../../helpers/data/chains.js";
import { openTestEngine } from "../../helpers/data/election.js";
import { sealedElection } from "../../helpers/data/sealed-election.js";
import { TamperedExport } from "../../helpers/tampering/tampered-export.js";
import { honestElections } from "../../helpers/tampering/verdict.js";
import { temporaryDirectory } from "../../helpers/temporary.js";

/** Changed parts of a chain; `rechain` makes the hashes fit. */
type Forge = (chain: Segment[]) => object[];

const without = (bytes: Buffer, at: number, size: number) =>
  Buffer.concat([bytes.subarray(0, at * size), bytes.subarray((at + 1) * size)]);

const changed = (bytes: Buffer, at: number, value: number) => {
  const copy = Buffer.from(bytes);
  copy[at] = value;
  return copy;
};

/** Changes one segment of the chain. */
const inSegment =
  (sequence: number, change: (segment: Segment) => object): Forge =>
  (chain) =>
    chain.map((one) => (one.sequence === sequence ? { ...one, ...change(one) } : one));

const withoutBallot = (at: number) => (one: Segment) => ({
  ballots: without(one.ballots, at, ballotBytes),
  decisions: without(one.decisions, at, 1),
});

/** The four segments as two, of the same decisions. */
const cutOtherwise: Forge = ([one, two, three, four]) => [
  {
    ...two,
    positionFrom: one.positionFrom,
    ballots: Buffer.concat([one.ballots, two.ballots]),
    decisions: Buffer.concat([one.decisions, two.decisions]),
  },
  { ...four, positionFrom: three.positionFrom, ballots: three.ballots, decisions: three.decisions },
];

const refusing = (position: number): Forge =>
  inSegment(2, () => ({ refused: [{ position, reason: "unknown-key", hash: Buffer.alloc(32) }] }));

describe("two exports of one election", () => {
  const honest = honestElections();
  let a: string;
  let b: string;
  let forged: TamperedExport;
  beforeEach(async () => {
    const root = await temporaryDirectory();
    [a, b] = [join(root, "a"), join(root, "b")];
    const evidence = await openEvidence({ engine: "embedded", dataDir: honest().sealed });
    await exportElection({ ...evidence, election: "demo", directory: a, now: 7 });
    await evidence.close();
    forged = new TamperedExport(a, b);
  });

  it("are equal, however the segments are cut", async () => {
    const equal = { equal: true, partitions: 2, decisions: { a: 14, b: 14 }, differences: [] };
    expect(await diffExports(a, b)).toMatchObject(equal);
    forged.rechain(1, cutOtherwise);
    forged.writeManifest();
    const diff = await diffExports(a, b);
    expect(diff).toMatchObject({ ...equal, kinds: {} });
    expect(decisionDiffText(diff, { a, b })).toBe(
      `✓ Election demo: 14 decisions in 2 partitions, equal in ${a} and ${b}.`,
    );
  });

  it.each<[what: string, forge: Forge, difference: object, kinds?: DecisionDiff["kinds"]]>([
    [
      "another decision",
      inSegment(1, ({ decisions }) => ({ decisions: changed(decisions, 0, 0) })),
      {
        kind: "decision",
        ...{ position: 1, segment: 1, number: 3 },
        a: expect.stringMatching(/^already-voted, choice 1, received 2023-/),
        b: expect.stringMatching(/^counted, choice 1, received 2023-/),
      },
    ],
    [
      "another choice",
      inSegment(0, ({ ballots }) => ({ ballots: changed(ballots, ballotBytes + 38, 2) })),
      {
        kind: "ballot",
        ...{ position: 0, segment: 0, number: 1, ballotId: expect.stringMatching(/^0[45]000000/) },
        a: expect.stringMatching(/^counted, choice 1/),
        b: expect.stringMatching(/^counted, choice 2/),
      },
    ],
    [
      "a ballot that is missing",
      inSegment(0, withoutBallot(1)),
      { kind: "only-in-a", position: 0, segment: 0, number: 1, b: "nothing" },
    ],
    [
      "a missing ballot where segments are cut otherwise, too",
      (chain) => cutOtherwise(inSegment(1, withoutBallot(1))(chain) as Segment[]),
      { kind: "only-in-a", position: 1, segment: 1, number: 4, b: "nothing" },
    ],
    [
      "a record that is passed over",
      refusing(2),
      {
        kind: "refusal",
        position: 2,
        a: "not passed over",
        b: /^passed over as unknown-key, hash 0+$/,
      },
    ],
    [
      "a seal that is missing",
      (chain) => chain.slice(0, 3),
      { kind: "seal", position: 3, a: "sealed before position 4", b: "not sealed" },
    ],
    [
      "other totals",
      inSegment(3, ({ retriesAbsorbed }) => ({ retriesAbsorbed: retriesAbsorbed + 1 })),
      { kind: "totals", a: /; 1 retries$/, b: /; 2 retries$/ },
    ],
    [
      "another log",
      inSegment(3, () => ({ logDigest: Buffer.alloc(32, 1) })),
      { kind: "log", b: `up to position 4, digest ${"01".repeat(32)}` },
    ],
  ])("differ by %s, and by nothing else", async (_what, forge, expected) => {
    forged.rechain(1, forge);
    forged.writeManifest();
    const { kind, ...rest } = expected as {
      kind: string;
      a?: string | RegExp;
      b?: string | RegExp;
    };
    const texts = Object.entries(rest).map(([name, value]) => [
      name,
      value instanceof RegExp ? expect.stringMatching(value) : value,
    ]);
    const diff = await diffExports(a, b);
    expect(diff).toMatchObject({ equal: false, kinds: { [kind]: 1 } });
    expect(diff.differences).toEqual([
      expect.objectContaining({ kind, partition: 1, ...Object.fromEntries(texts) }),
    ]);
  });

  it("name a ballot that no frame of the log holds", async () => {
    forged.rechain(
      0,
      inSegment(0, ({ ballots, decisions }) => ({
        ballots: Buffer.concat([Buffer.alloc(ballotBytes, 1), ballots]),
        decisions: Buffer.concat([Buffer.from([0]), decisions]),
      })),
    );
    forged.writeManifest();
    const diff = await diffExports(a, b);
    expect(diff.differences).toMatchObject([{ kind: "only-in-b", number: 0, segment: 0 }]);
    expect(diff.differences[0]).not.toHaveProperty("position");
    expect(decisionDiffText(diff, { a: "ours", b: "theirs" }).split("\n")).toEqual([
      "✗ Election demo: ours and theirs differ.",
      "  1 difference: only-in-b 1",
      "  14 decisions read of a, 15 of b",
      "",
      `  partition 0, segment 0, decision 0, ballot ${"01".repeat(16)}, ` +
        "in no frame of the log: only-in-b",
      "    a  nothing",
      expect.stringMatching(/^ {4}b {2}counted, choice 257, received /),
      "",
      "  a  ours",
      "  b  theirs",
    ]);
  });

  it("name what is damaged, and compare the other partitions", async () => {
    forged.setSegment(0, 1, changed(forged.segment(0, 1), 300, 99));
    forged.rechain(1, inSegment(0, withoutBallot(1)));
    forged.writeManifest();
    expect(await diffExports(a, b)).toMatchObject({
      kinds: { damaged: 1, "only-in-a": 1 },
      differences: [
        {
          ...{ kind: "damaged", partition: 0, position: 1, a: "nothing" },
          b: `election demo, partition 0, segment 1 of ${b}: the hash does not match the content`,
        },
        { kind: "only-in-a", partition: 1 },
      ],
    });
    forged.setSegment(0, 1, forged.segment(0, 2));
    forged.writeManifest();
    const [{ a: ofA, b: ofB }] = (await diffExports(b, a)).differences;
    expect(ofA).toMatch(/partition 0, segment 1 of .*: it does not continue the chain$/);
    expect(ofB).toBe("nothing");
  });

  it("are not of two elections, and whole", async () => {
    forged.damage("frames/0000.bin", (content) => changed(content, 20, 77));
    await expect(diffExports(a, b)).rejects.toMatchObject({ code: "corrupt-export" });
    const engine = await openTestEngine();
    await sealedElection(engine, "other");
    const other = `${a}-other`;
    await exportElection({ ...engine, election: "other", directory: other, now: 7 });
    await expect(diffExports(a, other)).rejects.toMatchObject({ code: "invalid-usage" });
  });
});

describe("two ledgers with gaps, cut otherwise", () => {
  const size = 3_000;
  const all = Array.from({ length: size }, (_, at) => at);

  /** Every `each`th ballot is missing; a segment ends behind so many ballots. */
  function ledgerOf(held: readonly number[], cut: number): Pick<LedgerReader, "read"> {
    const segments = Array.from({ length: Math.ceil(size / cut) }, (_, index) =>
      held.filter((at) => Math.floor(at / cut) === index),
    );
    const drafts = honestChain(
      ...(["gaps", 0, 3] as const),
      segments.map((places) =>
        places.map((at) => ({ ballot: ballotOf(at, at, at % 3), decision: 0 })),
      ),
    );
    // One log position a ballot, so that both sides cover the log alike.
    const placed = drafts.map((draft, index) => ({
      ...draft,
      positionFrom: index * cut,
      positionTo: Math.min((index + 1) * cut, size),
    }));
    return {
      async *read() {
        yield* encodeChain(placed);
      },
    };
  }

  it.each<
    [a: number, b: number, missesA: (at: number) => boolean, missesB: (at: number) => boolean]
  >([
    [7, 100, () => false, () => false],
    [1, 999, (at) => at % 7 === 0, (at) => at % 11 === 0],
    [250, 400, (at) => at % 2 === 0, (at) => at % 3 === 0],
    [300, 300, (at) => at > 500 && at < 1_900, () => false],
    [1_000, 77, (at) => at < 100, (at) => at >= 2_900],
    [500, 600, (at) => at < 1_500, (at) => at >= 1_500],
  ])(
    "cut at %i and %i: each ballot that one lacks is found, and no other",
    async (cutA, cutB, missesA, missesB) => {
      const side = (misses: (at: number) => boolean, cut: number) =>
        ledgerOf(
          all.filter((at) => !misses(at)),
          cut,
        );
      const log = { read: async () => [] };
      const diff = await diffDecisions({
        election: "gaps",
        a: { name: "a", ledger: side(missesA, cutA), log },
        b: { name: "b", ledger: side(missesB, cutB), log },
        partitions: [0],
      });
      const onlyIn = (has: (at: number) => boolean, lacks: (at: number) => boolean) =>
        all.filter((at) => !has(at) && lacks(at)).length;
      const { "only-in-a": inA = 0, "only-in-b": inB = 0, ...others } = diff.kinds;
      expect({ inA, inB }).toEqual({
        inA: onlyIn(missesA, missesB),
        inB: onlyIn(missesB, missesA),
      });
      expect(others).toEqual({});
    },
  );
});
