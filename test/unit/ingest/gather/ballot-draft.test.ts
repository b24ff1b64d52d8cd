import { describe, expect, it } from "vitest";
import { partitionOf } from "../../../../src/runtime/core/voter/partition.js";
import { createVoterTagger } from "../../../../src/runtime/core/voter/voter-tag.js";
import { Choices } from "../../../../src/runtime/ingest/election/choices.js";
import type { CachedElection } from "../../../../src/runtime/ingest/election/election-cache.js";
import { BallotDraft } from "../../../../src/runtime/ingest/gather/ballot-draft.js";
import { electionOf } from "../../../helpers/data/chains.js";
import { refusalOf } from "../../../helpers/refusal.js";

const election = electionOf("lunch", 3, 8);
const [first, second] = election.candidates.map(({ id }) => id);
const cached: CachedElection = {
  election,
  loadedAt: 0,
  choices: new Choices(election),
  tagger: createVoterTagger(Buffer.alloc(32, 1)),
};
const ballotId = "00112233445566778899aabbccddeeff";
const bytesOf = (draft: BallotDraft) => Buffer.from(Uint32Array.from(draft.key).buffer);

describe("a ballot's draft", () => {
  it("has the voter's tag and partition, the ballot id, the choice and the time", () => {
    const draft = new BallotDraft();
    expect(draft).toMatchObject({ ballotId: "", partition: 0, choice: 0, receivedAt: 0 });
    draft.fill(cached, "voter-1", { choice: second, ballotId }, 77);
    expect(draft).toMatchObject({ ballotId, choice: 1, receivedAt: 77 });
    const tag = Buffer.alloc(16);
    cached.tagger.write("voter-1", tag, 0);
    expect(bytesOf(draft)).toEqual(Buffer.concat([tag, Buffer.from(ballotId, "hex")]));
    expect(draft.partition).toBe(partitionOf(tag.readInt32LE(0), 8));
  });

  it("has an id of its own when the voter gave none, as text and as bytes", () => {
    const draft = new BallotDraft();
    const drawn = new Set<string>();
    for (let count = 0; count < 3_000; count++) {
      const none = count % 2 === 0 ? undefined : null;
      draft.fill(cached, "voter-1", { choice: first, ballotId: none }, 77);
      expect(bytesOf(draft).subarray(16).toString("hex")).toBe(draft.ballotId);
      drawn.add(draft.ballotId);
    }
    expect(drawn.size).toBe(3_000);
  });

  it("is refused, in words that help, for what is not a ballot of this election", async () => {
    const draft = new BallotDraft();
    const refused = (fields: object) => refusalOf(() => draft.fill(cached, "v", fields, 1));
    for (const choice of [undefined, 7, null]) {
      expect(await refused({ choice })).toMatchObject({ code: "invalid-ballot" });
    }
    for (const wrong of ["", "00", 7, ballotId.replace("a", "A"), `${ballotId}0`]) {
      const refusal = await refused({ choice: first, ballotId: wrong });
      expect(refusal).toMatchObject({ code: "invalid-ballot" });
      expect(refusal.hint).toContain("32 lower-case hexadecimal digits");
    }
    const unknown = await refused({ choice: "nobody" });
    expect(unknown).toMatchObject({ code: "unknown-candidate" });
    expect(unknown.message).toContain("Election lunch");
    expect(unknown.hint).toContain(`${first}, ${second}`);
  });

  it("keeps to the choice that a ballot id came with", async () => {
    const draft = new BallotDraft();
    const fill = (voter: string, choice: string) =>
      draft.fill(cached, voter, { choice, ballotId }, 1);
    fill("ann", first);
    fill("ann", first);
    expect(await refusalOf(() => fill("ann", second))).toMatchObject({ code: "ballot-id-reused" });
    // Another voter's ballot with the same id is another ballot.
    fill("bob", second);
  });
});

describe("a draft of a batch's ballot", () => {
  const tags = new Int32Array([9, 9, 1, 2, 3, 4]);
  const line = Buffer.from(`id: ${ballotId};`);
  const placed = { tags, tagAt: 2, ballotIdAt: 4, choice: 2 };

  it("is filled from where its fields stand", () => {
    const draft = new BallotDraft();
    expect(draft.fillPlaced(cached, line, placed, 55)).toBe(true);
    expect([...draft.key.subarray(0, 4)]).toEqual([1, 2, 3, 4]);
    expect(bytesOf(draft).subarray(16).toString("hex")).toBe(ballotId);
    expect(draft).toMatchObject({ ballotId: "", choice: 2, receivedAt: 55 });
    expect(draft.partition).toBe(partitionOf(1, 8));
    expect(draft.fillPlaced(cached, line, placed, 55)).toBe(true);
    expect(draft.fillPlaced(cached, line, { ...placed, choice: 1 }, 55)).toBe(false);
    expect(draft.fillPlaced(cached, line, { ...placed, ballotIdAt: 3 }, 55)).toBe(false);
  });

  it("draws its id if it brings none, and says which", () => {
    const draft = new BallotDraft();
    expect(draft.fillPlaced(cached, line, { ...placed, ballotIdAt: -1 }, 55)).toBe(true);
    expect(draft.ballotId).toMatch(/^[0-9a-f]{32}$/);
    expect(bytesOf(draft).subarray(16).toString("hex")).toBe(draft.ballotId);
  });
});
