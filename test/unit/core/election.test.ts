import { describe, expect, it } from "vitest";
import {
  acknowledgedUntil,
  sealableFrom,
  withClosingTime,
  withLaterEnd,
} from "../../../src/runtime/core/closing.js";
import {
  choicesOf,
  createElection,
  electionStatuses,
  hasEnded,
  isElectionId,
  requireNext,
  requireOpen,
  withSchedule,
  withStatus,
} from "../../../src/runtime/core/election.js";
import { VoteError } from "../../../src/runtime/core/errors.js";
import { maxCandidates, maxPartitions } from "../../../src/runtime/core/limits.js";
import { identityOf } from "../../helpers/data/identity.js";
import { expectReadable } from "../../helpers/refusal.js";

type ElectionDraft = Parameters<typeof createElection>[0];

const draft: ElectionDraft = {
  id: "city-2026",
  title: "City council",
  candidates: [
    { id: "ann", name: "Ann" },
    { id: "bob", name: "Bob" },
  ],
  partitions: 8,
  ...identityOf("city-2026"),
  createdAt: 1_000,
};

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (!(error instanceof VoteError)) throw error;
    expectReadable(error);
    expect(error.hint).toBeDefined();
    return error.code;
  }
  return "nothing thrown";
}

const candidatesOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `c${index}`, name: `Candidate ${index}` }));

describe("an election", () => {
  it("starts as a draft, revision 1", () => {
    expect(createElection(draft)).toEqual({
      ...draft,
      signers: [],
      voided: [],
      status: "draft",
      revision: 1,
    });
    expect([...choicesOf(createElection(draft))]).toEqual([
      ["ann", 0],
      ["bob", 1],
    ]);
  });

  it.each<[string, Partial<ElectionDraft>]>([
    ["a title with NUL", { title: "Lunch\u0000" }],
    ["a title that reverses the text after it", { title: "Lunch \u202e" }],
    ["a candidate with a line break", { candidates: [{ id: "a", name: "A\nB" }] }],
    ["a candidate with an isolate", { candidates: [{ id: "a", name: "\u2067A" }] }],
    ["an empty id", { id: "" }],
    ["capitals in the id", { id: "City" }],
    ["an id that starts with -", { id: "-city" }],
    ["an id with a line break", { id: "city\n" }],
    ["a path for an id", { id: "../city" }],
    ["an id of 33 characters", { id: "a".repeat(33) }],
    ["a blank title", { title: " " }],
    ["a bad key id", { keyId: "k 1" }],
    ["no candidates", { candidates: [] }],
    ["too many candidates", { candidates: candidatesOf(maxCandidates + 1) }],
    ["a candidate twice", { candidates: [...draft.candidates, { id: "ann", name: "Anna" }] }],
    ["a candidate with a bad id", { candidates: [{ id: "Ann", name: "Ann" }] }],
    ["no partitions", { partitions: 0 }],
    ["half a partition", { partitions: 1.5 }],
    ["too many partitions", { partitions: maxPartitions + 1 }],
    ["partitions that are no number", { partitions: Number.NaN }],
  ])("is refused with %s", (_, change) => {
    expect(codeOf(() => createElection({ ...draft, ...change }))).toBe("invalid-election");
  });

  it("takes the largest that is allowed", () => {
    const largest = { id: "a".repeat(32), candidates: candidatesOf(maxCandidates) };
    const election = createElection({ ...draft, ...largest, partitions: maxPartitions });
    expect(choicesOf(election).get(`c${maxCandidates - 1}`)).toBe(maxCandidates - 1);
  });

  it("goes from draft to open to closed to certified, and no other way", () => {
    let election = createElection(draft);
    for (const [index, status] of electionStatuses.entries()) {
      expect(election.status).toBe(status);
      for (const other of electionStatuses) {
        if (other === electionStatuses[index + 1]) continue;
        expect(codeOf(() => withStatus(election, other, 5))).toBe("invalid-transition");
      }
      const next = electionStatuses[index + 1];
      if (next !== undefined) election = withStatus(election, next, 2_000 + index);
    }
    expect(election).toMatchObject({
      revision: 4,
      openedAt: 2_000,
      closedAt: 2_001,
      certifiedAt: 2_002,
    });
  });

  it("has times at which it opens and closes by itself, in that order", () => {
    const timed = createElection({ ...draft, opensAt: 10, closesAt: 20 });
    expect(timed).toMatchObject({ opensAt: 10, closesAt: 20 });
    expect(codeOf(() => createElection({ ...draft, opensAt: 20, closesAt: 20 }))).toBe(
      "invalid-election",
    );
    expect(codeOf(() => createElection({ ...draft, opensAt: 1.5 }))).toBe("invalid-election");
    const open = withStatus(timed, "open", 10);
    // Whoever opened it may have a fast clock.
    expect(codeOf(() => requireOpen(open, 9))).toBe("election-not-open");
    expect(codeOf(() => requireOpen(open, 10))).toBe("nothing thrown");
    expect(codeOf(() => requireOpen(open, 19))).toBe("nothing thrown");
    // Whoever carries the close out may be a moment late.
    expect(codeOf(() => requireOpen(open, 20))).toBe("election-closed");
    const without = withSchedule(open, { closesAt: null }, 15);
    expect(without).toMatchObject({ revision: 3, opensAt: 10 });
    expect(without).not.toHaveProperty("closesAt");
    expect(codeOf(() => withSchedule(open, { opensAt: null }, 15))).toBe("invalid-transition");
    expect(codeOf(() => withSchedule(open, { opensAt: 11 }, 15))).toBe("invalid-transition");
    const closed = withStatus(open, "closed", 20);
    expect(codeOf(() => withSchedule(closed, {}, 15))).toBe("invalid-transition");
  });

  it("never closes in the past, nor sooner than every ingest can know", () => {
    const timed = createElection({ ...draft, closesAt: 90_000 });
    const open = withStatus(timed, "open", 10);
    const at = (closesAt: number) => () => withSchedule(open, { closesAt }, 50_000);
    expect(codeOf(at(49_000))).toBe("invalid-election");
    expect(codeOf(at(50_999))).toBe("invalid-election");
    expect(at(51_000)()).toMatchObject({ closesAt: 51_000, revision: 3 });
    expect(at(120_000)()).toMatchObject({ closesAt: 120_000 });
    // What was announced long ago may be said again.
    expect(withSchedule(open, { closesAt: 90_000 }, 95_000)).toMatchObject({ closesAt: 90_000 });
  });

  it("keeps the time that a change of the other one does not name", () => {
    const timed = createElection({ ...draft, opensAt: 10, closesAt: 20 });
    expect(withSchedule(timed, { opensAt: 12 }, 5)).toMatchObject({ opensAt: 12, closesAt: 20 });
    expect(withSchedule(timed, { closesAt: 30 }, 5)).toMatchObject({ opensAt: 10, closesAt: 30 });
    expect(withSchedule(timed, { opensAt: null }, 5)).toMatchObject({ closesAt: 20 });
    expect(withSchedule(timed, { opensAt: null }, 5)).not.toHaveProperty("opensAt");
  });

  it("is not scheduled for a time that is past, and says which", () => {
    const timed = createElection({ ...draft, opensAt: 10, closesAt: 90_000 });
    const past = () => withSchedule(timed, { opensAt: 15_000 }, 20_000);
    expect(past).toThrow("Election: opensAt is past, by 5 s.");
    expect(codeOf(() => withSchedule(timed, { closesAt: 20_000 }, 20_000))).toBe(
      "invalid-election",
    );
    // What was announced long ago is not changed.
    expect(withSchedule(timed, { closesAt: 95_000 }, 20_000)).toMatchObject({ opensAt: 10 });
  });

  it("is closed by hand with an end that lies ahead, unless it ends sooner anyway", () => {
    const open = withStatus(createElection({ ...draft, closesAt: 90_000 }), "open", 10);
    expect(withClosingTime(open, 50_000)).toMatchObject({ closesAt: 51_000, revision: 3 });
    // By the slowest of clocks that differ by up to 700 ms, a whole second ahead all the same.
    expect(withClosingTime(open, 50_000, 700).closesAt).toBe(51_700);
    expect(withClosingTime(open, 89_000)).toBe(open);
    expect(withClosingTime(open, 95_000)).toBe(open);
    expect(codeOf(() => withClosingTime(createElection(draft), 5))).toBe("invalid-transition");
    expect(acknowledgedUntil(open)).toBe(92_000);
    expect(sealableFrom(open, 1_000)).toBe(93_000);
    expect(acknowledgedUntil(withStatus(createElection(draft), "open", 10))).toBe(Infinity);
  });

  it("can be told earlier and later times by the clocks' error, and still be known in time", () => {
    const open = withStatus(createElection({ ...draft, closesAt: 90_000 }), "open", 10);
    const at = (closesAt: number) => () => withSchedule(open, { closesAt }, 50_000, 1_000);
    expect(codeOf(at(51_999))).toBe("invalid-election");
    expect(at(52_000)()).toMatchObject({ closesAt: 52_000 });
    expect(withClosingTime(open, 50_000, 1_000)).toMatchObject({ closesAt: 52_000 });
    expect(withClosingTime(open, 88_000, 1_000)).toBe(open);
    const later = withLaterEnd(open, 95_000);
    expect(later).toEqual({ ...open, closesAt: 95_000, revision: open.revision + 1 });
  });

  it("opens and closes at any whole millisecond since the epoch, the first one too", () => {
    expect(createElection({ ...draft, opensAt: 0 })).toMatchObject({ opensAt: 0 });
    expect(createElection({ ...draft, opensAt: 1, closesAt: 2 })).toMatchObject({ closesAt: 2 });
    for (const time of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(codeOf(() => createElection({ ...draft, opensAt: time }))).toBe("invalid-election");
      expect(codeOf(() => createElection({ ...draft, closesAt: time }))).toBe("invalid-election");
    }
    const drafted = createElection({ ...draft, opensAt: 10 });
    const past = () => withSchedule(drafted, { opensAt: 20 }, 20);
    expect(codeOf(past)).toBe("invalid-election");
    expect(past).toThrow("opensAt is past, by 0 s");
    expect(withSchedule(drafted, { opensAt: 21 }, 20)).toMatchObject({ opensAt: 21, revision: 2 });
    expect(codeOf(() => withSchedule(drafted, { closesAt: 10 }, 5))).toBe("invalid-election");
    // Its end may lie nearer than an open election's: nobody votes in it yet.
    expect(withSchedule(drafted, { closesAt: 11 }, 5)).toMatchObject({ opensAt: 10, closesAt: 11 });
  });

  it("remembers the hours that it was opened with, whatever is changed later", () => {
    const open = withStatus(
      createElection({ ...draft, opensAt: 10, closesAt: 20_000 }),
      "open",
      10,
    );
    expect(open.hoursAtOpening).toEqual({ opensAt: 10, closesAt: 20_000 });
    const extended = withSchedule(open, { closesAt: 30_000 }, 100);
    expect(extended.hoursAtOpening).toEqual({ opensAt: 10, closesAt: 20_000 });
    expect(withStatus(createElection(draft), "open", 10).hoursAtOpening).toEqual({});
  });

  it("is over once it is closed, and only then", () => {
    const over = electionStatuses.filter((status) =>
      hasEnded({ ...createElection(draft), status }),
    );
    expect(over).toEqual(["closed", "certified"]);
  });

  it("says what it is and what comes next when it is asked for another step", () => {
    const open = withStatus(createElection(draft), "open", 1);
    expect(() => requireNext(open, "certified")).toThrow(
      "Election city-2026 is open and cannot become certified.",
    );
    expect(() => requireNext(open, "open")).toThrow("Election city-2026 is open already.");
    const closed = withStatus(open, "closed", 2);
    expect(() => requireOpen(closed, 3)).toThrow("Election city-2026 is closed.");
    expect(() => requireOpen({ ...open, closesAt: 3 }, 3)).toThrow("city-2026 is closing.");
    expect(() => withSchedule(closed, { closesAt: 9 }, 3)).toThrow("city-2026 is already closed.");
    expect(() => withSchedule(open, { opensAt: 9 }, 3)).toThrow("city-2026 is already open.");
    const certified = withStatus(closed, "certified", 3);
    for (const over of [closed, certified]) {
      expect(codeOf(() => withSchedule(over, { closesAt: 90_000 }, 3))).toBe("invalid-transition");
    }
  });

  it("has an id of 1 to 32 characters of a-z, 0-9 and -, and so have its candidates", () => {
    for (const id of ["a", "0", "a-", "a-b-9", "a".repeat(32)]) expect(isElectionId(id)).toBe(true);
    for (const id of ["", "-a", "a_b", "A", "a b", "a".repeat(33), "\u00e4"]) {
      expect(isElectionId(id)).toBe(false);
      expect(codeOf(() => createElection({ ...draft, id }))).toBe("invalid-election");
    }
    const long = () => createElection({ ...draft, id: `X${"y".repeat(500)}` });
    expect(long).toThrow(`Election: election id "X${"y".repeat(79)}" is not valid.`);
    // Each says which of its ids, or which name, is wrong.
    const ann = { id: "ann", name: "Ann" };
    for (const [change, what] of [
      [{ keyId: "K" }, 'key id "K" is not valid'],
      [{ candidates: [{ id: "Ann", name: "Ann" }] }, 'candidate id "Ann" is not valid'],
      [{ candidates: [ann, ann] }, "candidate ann is listed twice"],
      [{ title: "L\u0000" }, "a name has invisible characters"],
    ] as const) {
      expect(() => createElection({ ...draft, ...change })).toThrow(`Election: ${what}.`);
    }
    expect(createElection({ ...draft, candidates: candidatesOf(1), partitions: 1 }).status).toBe(
      "draft",
    );
  });

  it("takes ballots only while open", () => {
    const drafted = createElection(draft);
    const open = withStatus(drafted, "open", 1);
    const closed = withStatus(open, "closed", 2);
    const certified = withStatus(closed, "certified", 3);
    expect(codeOf(() => requireOpen(drafted, 5))).toBe("election-not-open");
    expect(codeOf(() => requireOpen(open, 5))).toBe("nothing thrown");
    expect(codeOf(() => requireOpen(open, 0))).toBe("election-not-open");
    expect(codeOf(() => requireOpen({ ...drafted, closesAt: 3 }, 5))).toBe("election-not-open");
    expect(codeOf(() => requireOpen(closed, 0))).toBe("election-closed");
    expect(codeOf(() => requireOpen(closed, 5))).toBe("election-closed");
    expect(codeOf(() => requireOpen(certified, 5))).toBe("election-closed");
  });
});
