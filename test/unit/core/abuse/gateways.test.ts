import { describe, expect, it } from "vitest";
import { requireNotSuspended, withGateway } from "../../../../src/runtime/core/abuse/gateways.js";
import {
  createElection,
  type Election,
  withStatus,
} from "../../../../src/runtime/core/election.js";
import {
  maxElectionBytes,
  maxJudgedGateways,
  maxSigners,
  maxVoided,
} from "../../../../src/runtime/core/limits.js";
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
const closed = withStatus(open, "closed", 3);
const suspended = { gateway: "studio", suspended: true, reason: "Its token leaked", at: 9 };
const resumed = { gateway: "studio", suspended: false, reason: "It has a new one", at: 10 };

describe("a gateway of an election", () => {
  it("is suspended by its whole name, and let in again", async () => {
    const without = withGateway(open, suspended);
    expect(without).toEqual({ ...open, gateways: [suspended], revision: open.revision + 1 });
    const { code, message } = await refusalOf(() => requireNotSuspended(without, "studio"));
    expect(code).toBe("gateway-suspended");
    expect(message).toContain("show");
    for (const other of ["studio-2", "studio (https://id.example)", "Studio", "stud"]) {
      requireNotSuspended(without, other);
    }
    const again = withGateway(without, resumed);
    expect(again).toEqual({ ...open, gateways: [resumed], revision: open.revision + 2 });
    requireNotSuspended(again, "studio");
    const twice = withGateway(again, { ...suspended, at: 11 });
    await refusalOf(() => requireNotSuspended(twice, "studio"));
  });

  it("is judged before the opening as well, and only where that changes anything", () => {
    expect(withGateway(draft, suspended).gateways).toEqual([suspended]);
    expect(withGateway(open, resumed)).toBe(open);
    const without = withGateway(open, suspended);
    expect(withGateway(without, { ...suspended, reason: "Another", at: 10 })).toBe(without);
  });

  it("is left alone once the election is over", async () => {
    for (const over of [closed, withStatus(closed, "certified", 4)]) {
      const { code, message } = await refusalOf(() => withGateway(over, suspended));
      expect(code).toBe("invalid-transition");
      expect(message).toContain(`show is ${over.status}`);
    }
  });

  it("has a name that a token can have, and a reason", async () => {
    for (const wrong of [
      { gateway: "" },
      { gateway: " " },
      { gateway: "a\nb" },
      { gateway: "a".repeat(1_025) },
      { reason: "" },
      { reason: "two\nlines" },
    ]) {
      const { code } = await refusalOf(() => withGateway(open, { ...suspended, ...wrong }));
      expect(code).toBe("invalid-election");
    }
  });

  it("leaves room in the record for the close, beside records that are void", async () => {
    const signature = "s".repeat(86);
    const text = { hash: "0".repeat(64), keyId: "0".repeat(16), signature };
    const voided = Array.from({ length: maxVoided }, (_, position) => ({
      ...{ partition: 0, position, at: 9, reason: "x".repeat(500), ...text },
    }));
    let full: Election = { ...open, voided };
    const { code, hint } = await refusalOf(() => {
      for (let n = 0; n < maxJudgedGateways; n++) {
        const gateway = `${n} `.padEnd(500, "€");
        full = withGateway(full, { ...suspended, gateway, reason: "€".repeat(500) });
      }
    });
    expect(code).toBe("invalid-election");
    expect(hint).toContain(`${maxElectionBytes}`);
    expect(full.gateways?.length).toBeGreaterThan(0);
    const signers = Array.from({ length: maxSigners }, () => ({
      ...{ id: "0".repeat(16), publicKey: "k".repeat(43), use: "frames" as const, addedAt: 9 },
    }));
    const bytes = Buffer.byteLength(JSON.stringify(withStatus({ ...full, signers }, "closed", 10)));
    expect(bytes).toBeLessThan(390 * 1_024);
    expect(bytes).toBeGreaterThan(maxElectionBytes);
  });

  it("is one of a limited number", async () => {
    const gateways = Array.from({ length: maxJudgedGateways }, (_, n) => ({
      ...suspended,
      gateway: `gate-${n}`,
    }));
    const full = { ...open, gateways };
    const { code } = await refusalOf(() => withGateway(full, suspended));
    expect(code).toBe("invalid-election");
    expect(withGateway(full, { ...resumed, gateway: "gate-3" }).gateways).toHaveLength(
      maxJudgedGateways,
    );
    expect(withGateway({ ...open, gateways: gateways.slice(1) }, suspended).gateways).toContain(
      suspended,
    );
  });
});
