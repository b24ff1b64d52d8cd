import { expect, it } from "vitest";
import { type Election, withSchedule, withStatus } from "../../../../src/runtime/core/election.js";
import { definitionHash, definitionOf } from "../../../../src/runtime/core/formats/definition.js";
import { electionOf } from "../../../helpers/data/chains.js";

const draft = withSchedule(electionOf("demo", 3, 2), { opensAt: 10, closesAt: 90 }, 1);
const open = withStatus(draft, "open", 11);
const [first, second, third] = open.candidates;

it("stays what it was at the opening, whatever is scheduled and done after it", () => {
  const extended = withSchedule(open, { opensAt: 10, closesAt: 5_000 }, 12);
  const closed = withStatus(extended, "closed", 5_000);
  for (const later of [extended, closed, withStatus(closed, "certified", 6_000)]) {
    expect(definitionHash(later)).toEqual(definitionHash(open));
  }
  expect(definitionOf(open).hours).toEqual({ opensAt: 10, closesAt: 90 });
  expect(definitionHash(withStatus(electionOf("demo", 3, 2), "open", 11))).not.toEqual(
    definitionHash(open),
  );
});

it.each<[string, Partial<Election>]>([
  ["id", { id: "demo2" }],
  ["instance", { instance: "0".repeat(32) }],
  ["title", { title: "Election Demo" }],
  ["candidates swapped", { candidates: [second, first, third] }],
  ["names swapped", { candidates: [{ ...first, name: second.name }, second, third] }],
  ["a candidate more", { candidates: [...open.candidates, { id: "d", name: "D" }] }],
  ["partitions", { partitions: 3 }],
  ["key", { keyFingerprint: "0".repeat(64) }],
  ["hours", { hoursAtOpening: { opensAt: 10 } }],
])("is another one with another %s", (_what, change) => {
  expect(definitionHash({ ...open, ...change })).not.toEqual(definitionHash(open));
});

it("does not depend on what neither the ballots nor the count depend on", () => {
  const other = { ...open, createdAt: 5, signers: [], revision: 9, keyId: "renamed" };
  expect(definitionHash(other)).toEqual(definitionHash(open));
});
