import { describe, expect, it } from "vitest";
import { withStatus } from "../../../src/runtime/core/election.js";
import { hashOfRecord } from "../../../src/runtime/core/formats/log-digest.js";
import { voidStatement } from "../../../src/runtime/core/formats/void-statement.js";
import { closeMarkers } from "../../../src/runtime/elections/close-markers.js";
import { trustKey } from "../../../src/runtime/elections/trust.js";
import { voidRecord } from "../../../src/runtime/elections/void.js";
import { systemChance } from "../../../src/runtime/time/chance.js";
import { openTestElection, openTestEngine } from "../../helpers/data/election.js";
import { testKey } from "../../helpers/data/test-keys.js";
import { passedThrough } from "../../helpers/passed-through.js";
import { refusalOf } from "../../helpers/refusal.js";

const reason = "A bad disk.";
const actor = { by: "ada", at: 77 };

/** An open election of two partitions; partition 1 has a good record and then a damaged one. */
async function damagedElection() {
  const engine = await openTestEngine();
  const election = await openTestElection(engine, "e", 2);
  const [, good] = await closeMarkers(engine.keys, election, systemChance);
  const bad = Buffer.from(good.bytes);
  bad[100] ^= 1;
  await engine.log.append([good]);
  await engine.log.append([{ ...good, bytes: bad }]);
  return { engine, election, bad };
}

describe("voiding a record", () => {
  it("declares exactly this one void, signed, once", async () => {
    const { engine, election, bad } = await damagedElection();
    const place = { partition: 1, position: 1, reason };
    const voided = await voidRecord(engine, "e", place, actor);
    const key = await engine.keys.signingKey("admin");
    const hash = hashOfRecord(bad).toString("hex");
    const words = { partition: 1, position: 1, hash, reason, at: 77, keyId: key.id };
    const signature = await key.sign(voidStatement(election, words));
    expect(voided.voided).toEqual([{ ...words, signature: signature.toString("base64url") }]);
    expect(await engine.registry.get("e")).toEqual(voided);
    expect(voided.revision).toBe(election.revision + 1);
    const { changes } = await engine.registry.history("e");
    expect(changes.at(-1)).toMatchObject(actor);
    expect(await voidRecord(engine, "e", place, actor)).toEqual(voided);
    expect((await engine.registry.history("e")).changes).toHaveLength(changes.length);
  });

  it("is refused for a good record, and where there is none, naming the place", async () => {
    const { engine } = await damagedElection();
    for (const [partition, position, what] of [
      [1, 0, "it is good"],
      [1, 2, "the log has no record there"],
      [0, 0, "the log has no record there"],
      [2, 0, "the log has no record there"],
    ] as const) {
      const refusal = await refusalOf(() =>
        voidRecord(engine, "e", { partition, position, reason }, actor),
      );
      expect(refusal.code).toBe("not-voidable");
      const place = `Election e, partition ${partition}, position ${position}: `;
      expect(refusal.message).toBe(`${place}${what}.`);
    }
    expect((await engine.registry.get("e"))?.voided).toEqual([]);
  });

  it("takes a whole record, signed by a key that the election does not trust", async () => {
    const { engine, election } = await damagedElection();
    const foreign = await openTestEngine();
    const { id, publicKey } = await foreign.keys.signingKey("admin");
    const signers = [{ id, publicKey, use: "admin", addedAt: 1 }] as const;
    const trusting = { ...election, signers };
    const [marker] = await closeMarkers(foreign.keys, trusting, systemChance);
    await engine.log.append([marker]);
    const voided = await voidRecord(engine, "e", { partition: 0, position: 0, reason }, actor);
    expect(voided.voided).toMatchObject([{ partition: 0, position: 0 }]);
  });

  it("is refused without a reason, an election, or a key that the election trusts", async () => {
    const { engine, election } = await damagedElection();
    const place = { partition: 1, position: 1, reason };
    const codeOf = async (work: () => unknown) => (await refusalOf(work)).code;
    const silent = () => voidRecord(engine, "e", { ...place, reason: " " }, actor);
    expect(await codeOf(silent)).toBe("invalid-election");
    expect(await codeOf(() => voidRecord(engine, "f", place, actor))).toBe("unknown-election");
    const registry = passedThrough(engine.registry, {
      get: async () => ({ ...election, signers: [] }),
    });
    const distrusted = () => voidRecord({ ...engine, registry }, "e", place, actor);
    expect(await codeOf(distrusted)).toBe("untrusted-key");
    const over = passedThrough(engine.registry, {
      get: async () => withStatus(withStatus(election, "closed", 3), "certified", 4),
    });
    const late = () => voidRecord({ ...engine, registry: over }, "e", place, actor);
    expect(await codeOf(late)).toBe("invalid-transition");
  });
});

it("a key that is trusted already is no change", async () => {
  const engine = await openTestEngine();
  const election = await openTestElection(engine, "e", 1);
  const { publicKey } = testKey(7);
  const trusting = await trustKey(engine, "e", { publicKey, use: "frames" }, actor);
  expect(trusting.signers.at(-1)).toMatchObject({ publicKey, use: "frames", addedAt: 77 });
  expect(trusting.revision).toBe(election.revision + 1);
  expect(await trustKey(engine, "e", { publicKey, use: "frames" }, actor)).toEqual(trusting);
  const { record, changes } = await engine.registry.history("e");
  expect(record).toEqual(trusting);
  expect(changes.at(-1)).toMatchObject(actor);
  expect(changes).toHaveLength(trusting.revision);
});
