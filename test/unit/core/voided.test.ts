import { describe, expect, it } from "vitest";
import { createElection, withStatus } from "../../../src/runtime/core/election.js";
import { maxElectionBytes, maxVoided } from "../../../src/runtime/core/limits.js";
import { requireReason, voidedAt, withVoided } from "../../../src/runtime/core/voided.js";
import { identityOf } from "../../helpers/data/identity.js";
import { refusalOf } from "../../helpers/refusal.js";

const draft = createElection({
  id: "show",
  title: "Show",
  candidates: [{ id: "a", name: "A" }],
  partitions: 2,
  ...identityOf("show"),
  createdAt: 1,
});
const open = withStatus(draft, "open", 2);
const closed = withStatus(open, "closed", 3);
const hash = Buffer.alloc(32, 7);
const record = {
  ...{ partition: 1, position: 5, hash: hash.toString("hex") },
  ...{ reason: "a bad disk", at: 9, keyId: "k", signature: "s" },
};

describe("a record that is void", () => {
  it("is this one of this partition and position, with these bytes, and no other", () => {
    const election = withVoided(open, record);
    expect(election).toEqual({ ...open, voided: [record], revision: open.revision + 1 });
    expect(voidedAt(election, 1, 5, hash)).toBe(record);
    expect(voidedAt(election, 0, 5, hash)).toBeUndefined();
    expect(voidedAt(election, 1, 6, hash)).toBeUndefined();
    expect(voidedAt(election, 1, 5, Buffer.alloc(32, 8))).toBeUndefined();
    expect(voidedAt(open, 1, 5, hash)).toBeUndefined();
  });

  it("joins those before it, while there is something left to count", async () => {
    const second = { ...record, position: 6 };
    expect(withVoided(withVoided(closed, record), second).voided).toEqual([record, second]);
    for (const election of [draft, withStatus(closed, "certified", 4)]) {
      const { code, message } = await refusalOf(() => withVoided(election, record));
      expect(code).toBe("invalid-transition");
      expect(message).toContain(`show is ${election.status}`);
    }
  });

  it("is one of a limited number", async () => {
    const many = (length: number) => ({ ...open, voided: Array.from({ length }, () => record) });
    expect(withVoided(many(maxVoided - 1), record).voided).toHaveLength(maxVoided);
    const { code, message } = await refusalOf(() => withVoided(many(maxVoided), record));
    expect(code).toBe("invalid-election");
    expect(message).toContain(`show has ${maxVoided}`);
  });

  it("leaves room in the record, by how long the reasons are", async () => {
    const long = { ...record, reason: "€".repeat(500) };
    let full = open;
    const { code, hint } = await refusalOf(() => {
      for (let n = 0; n < maxVoided; n++) full = withVoided(full, { ...long, position: n });
    });
    expect(code).toBe("invalid-election");
    expect(hint).toContain("shorter reason");
    expect(full.voided.length).toBeGreaterThan(100);
    expect(Buffer.byteLength(JSON.stringify(full))).toBeLessThanOrEqual(maxElectionBytes);
  });

  it("has a reason in up to 500 characters that people see", async () => {
    for (const reason of ["x", "x".repeat(500), " a bad disk "]) requireReason(reason);
    for (const reason of ["", "  ", "x".repeat(501), "one\ntwo", "back\u202e"]) {
      const { code, hint } = await refusalOf(() => requireReason(reason));
      expect(code).toBe("invalid-election");
      expect(hint).toContain("500");
    }
  });
});
