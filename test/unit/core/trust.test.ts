import { describe, expect, it } from "vitest";
import { createElection, withStatus } from "../../../src/runtime/core/election.js";
import { keyIdOf } from "../../../src/runtime/core/key-id.js";
import { maxSigners } from "../../../src/runtime/core/limits.js";
import { signerOf } from "../../../src/runtime/core/signers.js";
import { requireTrusted, withSigner } from "../../../src/runtime/core/trust.js";
import { identityOf } from "../../helpers/data/identity.js";
import { refusalOf } from "../../helpers/refusal.js";

const draftElection = {
  id: "show",
  title: "Show",
  candidates: [{ id: "a", name: "A" }],
  partitions: 2,
  ...identityOf("show"),
  createdAt: 1,
};

const publicKeyOf = (seed: number) => Buffer.alloc(32, seed).toString("base64url");
const keyOf = (seed: number) => ({ id: keyIdOf(publicKeyOf(seed)), publicKey: publicKeyOf(seed) });

describe("the keys that an election trusts", () => {
  it("are known by the first 8 bytes of their SHA-256", () => {
    // sha256 of 32 zero bytes.
    expect(keyIdOf(publicKeyOf(0))).toBe("66687aadf862bd77");
  });

  it("are added one by one, each a change", () => {
    const none = createElection(draftElection);
    expect(none.signers).toEqual([]);
    const one = withSigner(none, publicKeyOf(1), "frames", 7);
    expect(one).toEqual({
      ...none,
      signers: [{ ...keyOf(1), use: "frames", addedAt: 7 }],
      revision: 2,
    });
    expect(withSigner(one, publicKeyOf(1), "frames", 8)).toBe(one);
    // The same key for another use is another matter.
    expect(withSigner(one, publicKeyOf(1), "admin", 8).signers).toHaveLength(2);
  });

  it("are trusted for their own use only", async () => {
    const election = withSigner(createElection(draftElection), publicKeyOf(1), "frames", 7);
    expect(signerOf(election.signers, keyOf(1).id, "frames")?.publicKey).toBe(publicKeyOf(1));
    expect(signerOf(election.signers, keyOf(1).id, "admin")).toBeUndefined();
    expect(signerOf(election.signers, keyOf(2).id, "frames")).toBeUndefined();
    requireTrusted(election, keyOf(1), "frames");
    for (const [key, use] of [
      [keyOf(1), "admin"],
      [keyOf(2), "frames"],
      [{ ...keyOf(2), id: keyOf(1).id }, "frames"],
    ] as const) {
      const refusal = await refusalOf(() => requireTrusted(election, key, use));
      expect(refusal).toMatchObject({ code: "untrusted-key", isPrivate: true });
      expect(refusal.message).toContain(`show does not trust this host's ${use} key ${key.id}`);
      // The hint is the command that mends it; strangers learn of no key and no host.
      expect(refusal.hint).toContain(`show --use ${use} --key ${key.publicKey}`);
      expect(refusal.publicMessage).not.toContain(key.id);
    }
  });

  it("are public keys, not too many, and not changed after the certificate", async () => {
    let election = createElection(draftElection);
    for (const text of ["", "AAAA", `${publicKeyOf(1)}=`, publicKeyOf(1).slice(1)]) {
      const refusal = await refusalOf(() => withSigner(election, text, "frames", 7));
      expect(refusal.code).toBe("invalid-election");
    }
    const signers = Array.from({ length: maxSigners }, () => ({
      ...keyOf(1),
      use: "admin" as const,
      addedAt: 0,
    }));
    const full = await refusalOf(() =>
      withSigner({ ...election, signers }, publicKeyOf(2), "frames", 7),
    );
    expect(full).toMatchObject({ code: "invalid-election", message: expect.stringMatching(/256/) });
    const room = { ...election, signers: signers.slice(1) };
    expect(withSigner(room, publicKeyOf(2), "frames", 7).signers).toHaveLength(maxSigners);
    for (const status of ["open", "closed", "certified"] as const) {
      election = withStatus(election, status, 8);
    }
    const late = await refusalOf(() => withSigner(election, publicKeyOf(1), "frames", 9));
    expect(late.code).toBe("invalid-transition");
    expect(late.message).toContain("Election show is");
  });
});
