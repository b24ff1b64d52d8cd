import { expect, it } from "vitest";
import { proofSecret, withProofOfWork } from "../../../../src/runtime/core/abuse/proof-of-work.js";
import { createElection, withStatus } from "../../../../src/runtime/core/election.js";
import { keyFingerprint } from "../../../../src/runtime/core/voter/key-fingerprint.js";
import { identityOf } from "../../../helpers/data/identity.js";
import { refusalOf } from "../../../helpers/refusal.js";

const draft = createElection({
  id: "show",
  title: "Show",
  candidates: [{ id: "a", name: "A" }],
  partitions: 2,
  ...identityOf("show"),
  createdAt: 1,
});
const open = withStatus(draft, "open", 2);

it("is asked for, or not, before and while an election is open", async () => {
  for (const election of [draft, open]) {
    expect(withProofOfWork(election, false)).toBe(election);
    const asking = withProofOfWork(election, true);
    expect(asking).toEqual({ ...election, proofOfWork: true, revision: election.revision + 1 });
    expect(withProofOfWork(asking, true)).toBe(asking);
    expect(withProofOfWork(asking, false)).toEqual({ ...election, revision: asking.revision + 1 });
  }
  const { code } = await refusalOf(() => withProofOfWork(withStatus(open, "closed", 3), true));
  expect(code).toBe("invalid-transition");
});

it("is signed with a secret that follows from the election's key, not its fingerprint", () => {
  const [one, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  expect(proofSecret(one)).toMatch(/^[0-9a-f]{64}$/);
  expect(proofSecret(one)).toBe(proofSecret(Buffer.from(one)));
  expect(proofSecret(one)).not.toBe(proofSecret(other));
  expect(proofSecret(one)).not.toBe(keyFingerprint(one));
});
