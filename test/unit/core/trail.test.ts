import { describe, expect, it } from "vitest";
import { createElection, type Election, withStatus } from "../../../src/runtime/core/election.js";
import {
  changeHash,
  type ElectionChange,
  type ElectionHistory,
  trailFault,
  trailHead,
  verifiedElection,
} from "../../../src/runtime/core/trail.js";
import { identityOf } from "../../helpers/data/identity.js";
import { refusalOf } from "../../helpers/refusal.js";

const signer = { id: "ab", publicKey: "cd", use: "admin", addedAt: 1 } as const;
const draft = createElection({
  id: "spring",
  title: "Spring",
  candidates: [
    { id: "a", name: "A" },
    { id: "b", name: "B" },
  ],
  partitions: 2,
  ...identityOf("spring"),
  signers: [signer],
  createdAt: 1,
});
const open = withStatus(draft, "open", 2);
const closed = withStatus(open, "closed", 3);

/** A chain of changes whose hashes fit, whatever they say. */
function chainOf(...elections: Election[]): ElectionChange[] {
  const changes: ElectionChange[] = [];
  for (const [at, election] of elections.entries()) {
    const before = changes.at(-1);
    const previous = before === undefined ? "" : changeHash(before);
    changes.push({ election, by: "ada", at, previous });
  }
  return changes;
}

const whole: ElectionHistory = { record: closed, changes: chainOf(draft, open, closed) };
const without = (...numbers: number[]): ElectionHistory => ({
  ...whole,
  changes: whole.changes.filter((_, index) => !numbers.includes(index + 1)),
});
const altered = (number: number, change: Partial<ElectionChange>): ElectionHistory => ({
  ...whole,
  changes: whole.changes.map((one, index) => (index + 1 === number ? { ...one, ...change } : one)),
});

describe("a trail", () => {
  it("is whole when each change follows from the one before, and the record from the last", () => {
    expect(trailFault(whole)).toBeUndefined();
    expect(verifiedElection("spring", whole)).toBe(closed);
    const trusting = { ...closed, signers: [signer, { ...signer, id: "ef" }], revision: 4 };
    const changes = chainOf(draft, open, closed, trusting);
    expect(trailFault({ record: trusting, changes })).toBeUndefined();
    expect(trailFault({ record: undefined, changes: [] })).toBeUndefined();
    expect(verifiedElection("none", { record: undefined, changes: [] })).toBeUndefined();
  });

  it.each<[string, ElectionHistory, number, RegExp]>([
    ["all changes", without(1, 2, 3), 1, /missing, and the election's record is at change 3/],
    ["the first", without(1), 1, /missing: change 2 stands in its place/],
    ["one in the middle", without(2), 2, /missing: change 3 stands in its place/],
    ["the last", without(3), 3, /missing, and the election's record is at change 3/],
    ["the record", { ...whole, record: undefined }, 3, /record is missing/],
    ["an older record", { ...whole, record: open }, 3, /record is not as this change left it/],
    ["another record", { ...whole, record: { ...closed, keyId: "x" } }, 3, /not as this change/],
    ["who did the first", altered(1, { by: "eve" }), 2, /not hold the hash of change 1/],
    ["when one was done", altered(2, { at: 9 }), 3, /not hold the hash of change 2/],
    ["the last one's link", altered(3, { previous: "00" }), 3, /not hold the hash of change 2/],
    ["the first one's link", altered(1, { previous: "00" }), 1, /names a change before/],
    ["the last one's election", altered(3, { election: { ...closed, closedAt: 9 } }), 3, /record/],
  ])("is damaged without, or with another: %s", (_, history, change, what) => {
    expect(trailFault(history)).toMatchObject({ change, what: expect.stringMatching(what) });
    const message = expect.stringContaining(`election spring, change ${change}: `);
    expect(() => verifiedElection("spring", history)).toThrow(
      expect.objectContaining({ code: "corrupt-registry", exitCode: 3, message }),
    );
  });

  it.each<[string, Election, RegExp]>([
    ["swaps candidates", { ...open, candidates: draft.candidates.toReversed() }, /alters candid/],
    ["renames one", { ...open, candidates: [{ id: "a", name: "B" }] }, /alters candidates/],
    ["alters the title", { ...open, title: "Autumn" }, /alters title/],
    ["alters the partitions", { ...open, partitions: 3 }, /alters partitions/],
    ["alters the instance", { ...open, instance: "0".repeat(32) }, /alters instance/],
    ["takes other tokens", { ...open, tokens: "any-election" }, /alters tokens/],
    ["names another key", { ...open, keyFingerprint: "0".repeat(64) }, /alters keyFingerprint/],
    ["alters the key", { ...open, keyId: "other" }, /alters keyId/],
    ["removes a key", { ...open, signers: [] }, /removes or alters a key/],
    ["alters a key", { ...open, signers: [{ ...signer, id: "x" }] }, /removes or alters a key/],
    ["leaves out a status", { ...open, status: "closed" }, /from draft to closed/],
  ])("is damaged, though all hashes fit, by a change that %s", (_, record, what) => {
    const history = { record, changes: chainOf(draft, record) };
    expect(trailFault(history)).toMatchObject({ change: 2, what: expect.stringMatching(what) });
  });

  it.each<[string, Partial<Election>, RegExp]>([
    ["another instance", { instance: "00" }, /alters instance/],
    ["another opening", { openedAt: 9 }, /alters openedAt/],
    ["other hours", { hoursAtOpening: { closesAt: 9 } }, /alters hoursAtOpening/],
    ["another end", { closesAt: 9 }, /alters closesAt/],
    ["another close", { closedAt: 9 }, /alters closedAt/],
  ])("does not let an election that is closed have %s", (_, change, what) => {
    const record = { ...closed, ...change, revision: 4 };
    const history = { record, changes: chainOf(draft, open, closed, record) };
    expect(trailFault(history)).toMatchObject({ change: 4, what: expect.stringMatching(what) });
  });

  it.each<[string, Partial<Election>, Partial<Election>, number, RegExp]>([
    ["opened without a time", { openedAt: undefined }, {}, 2, /open without openedAt/],
    ["closed while it is open", { closedAt: 3 }, {}, 2, /has closedAt, and leaves .* open/],
    ["closed without a time", {}, { closedAt: undefined }, 3, /closed without closedAt/],
    ["certified too early", {}, { certifiedAt: 4 }, 3, /has certifiedAt/],
  ])("is damaged, though all hashes fit, by an election %s", (_, opened, ended, change, what) => {
    // As JSON has it: what is undefined is not there.
    const [first, last] = JSON.parse(
      JSON.stringify([
        { ...open, ...opened },
        { ...closed, ...opened, ...ended },
      ]),
    );
    const history = { record: last, changes: chainOf(draft, first, last) };
    expect(trailFault(history)).toMatchObject({ change, what: expect.stringMatching(what) });
  });

  it("does not let a certificate's time be changed, nor a status go back or be passed over", () => {
    const certified = withStatus(closed, "certified", 4);
    const later = { ...certified, certifiedAt: 9, revision: 5 };
    const changes = chainOf(draft, open, closed, certified, later);
    expect(trailFault({ record: certified, changes: changes.slice(0, 4) })).toBeUndefined();
    expect(trailFault({ record: later, changes })?.what).toMatch(/alters certifiedAt/);
    const back = { ...closed, status: "open" as const, revision: 4 };
    const undone = { record: back, changes: chainOf(draft, open, closed, back) };
    expect(trailFault(undone)).toEqual({ change: 4, what: "from closed to open" });
    const born = { ...open, revision: 1 };
    expect(trailFault({ record: born, changes: chainOf(born) })).toEqual({
      ...{ change: 1, what: "the first change leaves the election open" },
    });
  });

  it("lets void records only be added", () => {
    const entry = { partition: 0, position: 1, hash: "", reason: "r", at: 1, keyId: "" };
    const one = { ...closed, voided: [{ ...entry, signature: "s" }], revision: 4 };
    const none = { ...one, voided: [], revision: 5 };
    const two = { ...one, voided: [...one.voided, ...one.voided], revision: 5 };
    const before = [draft, open, closed, one];
    expect(trailFault({ record: two, changes: chainOf(...before, two) })).toBeUndefined();
    expect(trailFault({ record: none, changes: chainOf(...before, none) })).toEqual({
      ...{ change: 5, what: "it removes or alters a record that is void" },
    });
  });

  it("has a record that is not ahead of its changes, and says what to do when it is", async () => {
    const ahead = { ...closed, revision: 7 };
    const refusal = await refusalOf(() => verifiedElection("spring", { ...whole, record: ahead }));
    expect(refusal.message).toContain("change 4: it is missing, and the election's record is at");
    expect(refusal.hint).toContain("vote election trail spring");
  });

  it("has a head that every alteration changes, even when all hashes are made to fit", () => {
    const record = { ...closed, openedAt: 1 };
    const forged = chainOf(draft, { ...open, openedAt: 1 }, record);
    expect(trailFault({ record, changes: forged })).toBeUndefined();
    expect(trailHead(forged)).not.toBe(trailHead(whole.changes));
    expect(trailHead([])).toBe("");
  });
});
