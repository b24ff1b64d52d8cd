import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ballotBytes, wordsOf } from "../../../src/runtime/core/formats/ballot.js";
import { BallotSorter } from "../../../src/runtime/recount/ledger/ballot-sorter.js";
import { numbered, writeBallot } from "../../helpers/data/ballots.js";

/** Tags that all share the word by which they are sorted, so that only the whole tag tells them. */
function collidingTag(voter: number): Buffer {
  const tag = Buffer.alloc(16, 3);
  tag.writeUInt32LE(voter, voter % 2 === 0 ? 0 : 12);
  return tag;
}

interface Entry {
  voter: number;
  ballot: number;
  note: number;
  collides: boolean;
}

function fill(sorter: BallotSorter, entries: readonly Entry[]): void {
  const ballots = Buffer.alloc(entries.length * ballotBytes);
  entries.forEach(({ voter, ballot, collides }, index) => {
    writeBallot(ballots, index * ballotBytes, {
      voterTag: collides ? collidingTag(voter) : numbered(voter),
      ballotId: numbered(ballot),
      receivedAt: 0,
      choice: 0,
    });
  });
  sorter.reserve(entries.length);
  const notes = Uint8Array.from(entries, ({ note }) => note);
  sorter.addAll(wordsOf(ballots, 0, entries.length), notes);
}

function groupsOf(sorter: BallotSorter): object[][] {
  const groups: object[][] = [];
  sorter.forEachVoter((from, to) => {
    const group: object[] = [];
    for (let entry = from; entry < to; entry++) {
      const index = sorter.indexAt(entry);
      const repeat = sorter.isRepeat(from, entry);
      group.push({ index, note: sorter.noteAt(entry), repeat, id: sorter.ballotIdOf(index) });
    }
    groups.push(group);
  });
  return groups;
}

/** The same by a map of voters. */
function naiveGroups(entries: readonly Entry[]): object[][] {
  const groups = new Map<string, { id: string; [field: string]: unknown }[]>();
  entries.forEach(({ voter, ballot, note, collides }, index) => {
    const key = `${collides}/${voter}`;
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    const id = numbered(ballot).toString("hex");
    group.push({ index, note, repeat: group.some((earlier) => earlier.id === id), id });
  });
  return [...groups.values()];
}

const byFirst = (groups: object[][]) =>
  groups.sort((a, b) => Reflect.get(a[0], "index") - Reflect.get(b[0], "index"));

const entry = fc.record({
  voter: fc.nat(8),
  ballot: fc.nat(30),
  note: fc.nat(7),
  collides: fc.boolean(),
});

describe("sorting ballots by voter", () => {
  it("gives each voter's ballots in order of arrival, as a map would", () => {
    fc.assert(
      fc.property(fc.array(fc.array(entry, { maxLength: 150 }), { maxLength: 4 }), (parts) => {
        const sorter = new BallotSorter(0);
        for (const part of parts) fill(sorter, part);
        expect(byFirst(groupsOf(sorter))).toEqual(byFirst(naiveGroups(parts.flat())));
      }),
    );
  });

  it("grows beyond what was expected", () => {
    const sorter = new BallotSorter(10);
    const voters = 5_000;
    for (const note of [1, 2]) {
      const entries = Array.from({ length: voters }, (_, voter) => ({
        voter,
        ballot: voter,
        note,
      }));
      fill(
        sorter,
        entries.map((one) => ({ ...one, collides: false })),
      );
    }
    const groups = groupsOf(sorter);
    expect(groups).toHaveLength(voters);
    for (const group of groups) {
      expect(group).toMatchObject([
        { note: 1, repeat: false },
        { note: 2, repeat: true },
      ]);
    }
  });
});
