import { describe, expect, it } from "vitest";
import { createElection, withStatus } from "../../../src/runtime/core/election.js";
import { keyIdOf } from "../../../src/runtime/core/key-id.js";
import { maxSigners } from "../../../src/runtime/core/limits.js";
import { signerOf } from "../../../src/runtime/core/signers.js";
import { requireTrusted, withSigner } from "../../../src/runtime/core/trust.js";
import { identityOf } from "../../helpers/data/identity.js";

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

  it("are trusted for their own use only", () => {
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
      expect(() => requireTrusted(election, key, use)).toThrow(
        expect.objectContaining({ code: "untrusted-key", hint: expect.stringContaining(use) }),
      );
    }
  });

  it("are public keys, not too many, and not changed after the certificate", () => {
    let election = createElection(draftElection);
    for (const text of ["", "AAAA", `${publicKeyOf(1)}=`, publicKeyOf(1).slice(1)]) {
      expect(() => withSigner(election, text, "frames", 7)).toThrow(
        expect.objectContaining({ code: "invalid-election" }),
      );
    }
    const signers = Array.from({ length: maxSigners }, () => ({
      ...keyOf(1),
      use: "admin" as const,
      addedAt: 0,
    }));
    expect(() => withSigner({ ...election, signers }, publicKeyOf(2), "frames", 7)).toThrow(
      expect.objectContaining({ code: "invalid-election" }),
    );
    for (const status of ["open", "closed", "certified"] as const) {
      election = withStatus(election, status, 8);
    }
    expect(() => withSigner(election, publicKeyOf(1), "frames", 9)).toThrow(
      expect.objectContaining({ code: "invalid-transition" }),
    );
  });
});
