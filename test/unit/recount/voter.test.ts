import { describe, expect, it } from "vitest";
import { voterAuditSchema } from "../../../src/runtime/contracts/audit/voter-audit.js";
import { createVoterTagger } from "../../../src/runtime/core/voter/voter-tag.js";
import { auditVoter } from "../../../src/runtime/recount/voter/audit-voter.js";
import { ballotOf, frameOf, numbered } from "../../helpers/data/ballots.js";
import { electionOf, encodeChain, honestChain, storeChain } from "../../helpers/data/chains.js";
import { talliedElection } from "../../helpers/data/tallied-election.js";

/** An election with one partition, and ballots of voters by their ids. */
async function scene() {
  const { engine, election, append: appendFrames, ...rest } = await talliedElection();
  const tagger = createVoterTagger(await engine.keys.electionKey(election));
  let sequence = 0;
  const append = async (...ballots: [voter: string, ballot: number, choice: number][]) => {
    const all = ballots.map(([voter, ballot, choice]) => {
      const voterTag = Buffer.alloc(16);
      tagger.write(voter, voterTag, 0);
      return { ...ballotOf(1, ballot, choice), voterTag };
    });
    await appendFrames([frameOf(election, 0, all, ++sequence)]);
  };
  return { ...rest, engine, append, audit: (voter: string) => auditVoter("demo", voter, engine) };
}

const idOf = (ballot: number) => numbered(ballot).toString("hex");

describe("the audit of a voter", () => {
  it("says what is counted and what is rejected, and never a choice", async () => {
    const { append, tallied, stopTally, audit } = await scene();
    await append(["ann", 1, 2], ["bob", 2, 9], ["ann", 3, 1]);
    await append(["ann", 1, 2], ["ann", 4, 9]);
    expect(await tallied()).toBe(true);
    const ann = await audit("ann");
    expect(ann).toEqual({
      election: "demo",
      partition: 0,
      voted: true,
      counted: { ballotId: idOf(1), receivedAt: 1_700_000_000_001, segment: expect.any(Number) },
      rejected: [
        { ballotId: idOf(3), reason: "already-voted", ...place(3) },
        { ballotId: idOf(4), reason: "unknown-candidate", ...place(4) },
      ],
      undecided: false,
    });
    expect(voterAuditSchema.parse(ann)).toEqual(ann);
    const bob = await audit("bob");
    expect(bob).toMatchObject({ voted: false, rejected: [{ reason: "unknown-candidate" }] });
    expect(bob.counted).toBeUndefined();
    // To the letter: no trimming, and an issuer's voter is another one.
    for (const other of ["Ann", "ann ", "https://id.example\u001fann"]) {
      expect(await audit(other)).toMatchObject({ voted: false, rejected: [] });
    }
    await stopTally();
    await append(["eve", 5, 0]);
    expect(await audit("eve")).toMatchObject({ voted: false, undecided: true });
  });

  it("names damage, and an election or a key that is not here", async () => {
    const { engine } = await scene();
    await expect(auditVoter("none", "ann", engine)).rejects.toMatchObject({
      code: "unknown-election",
    });
    const forged = { ...electionOf("forged", 3, 1), ...(await engine.keys.createElectionKey()) };
    await engine.registry.create(forged);
    const drafts = honestChain("forged", 0, 3, [[], []]);
    drafts[1].sequence = 7;
    await storeChain(engine.ledger, "forged", 0, encodeChain(drafts));
    await expect(auditVoter("forged", "ann", engine)).rejects.toMatchObject({
      code: "corrupt-segment",
      message: expect.stringContaining("election forged, partition 0, segment"),
    });
    await engine.registry.create(electionOf("elsewhere", 3, 1));
    await expect(auditVoter("elsewhere", "ann", engine)).rejects.toMatchObject({
      code: "data-directory-unusable",
    });
  });
});

const place = (ballot: number) => ({
  receivedAt: 1_700_000_000_000 + ballot,
  segment: expect.any(Number),
});
