import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { withStatus } from "../../../src/runtime/core/election.js";
import { certifiedBytes } from "../../../src/runtime/core/formats/certificate.js";
import { definitionHash, definitionOf } from "../../../src/runtime/core/formats/definition.js";
import { trailHead } from "../../../src/runtime/core/trail.js";
import { voidRecord } from "../../../src/runtime/elections/void.js";
import { signCertificate } from "../../../src/runtime/keys/certificate-signature.js";
import { isSignedBy } from "../../../src/runtime/keys/signing.js";
import { announced } from "../../../src/runtime/recount/announced.js";
import { certify } from "../../../src/runtime/recount/certificate/certify.js";
import { recountElection } from "../../../src/runtime/recount/recount.js";
import type { Engine } from "../../../src/runtime/wiring/engine.js";
import { adminKey } from "../../helpers/data/certificate.js";
import { chainOf, openTestElection, openTestEngine } from "../../helpers/data/election.js";
import { sealedElection, sealedResult } from "../../helpers/data/sealed-election.js";
import { passedThrough } from "../../helpers/passed-through.js";

const recount = (engine: Engine, from: "ledger" | "log" = "log") =>
  recountElection({ election: "demo", ...engine, from });

async function sealed() {
  const engine = await openTestEngine();
  const election = await sealedElection(engine);
  return { engine, election };
}

describe("certify", () => {
  it("makes the recount's result official, once", async () => {
    const { engine, election } = await sealed();
    const report = await recount(engine);
    const head = trailHead(await engine.registry.trail("demo"));
    const certificate = await certify({ ...engine, report, now: 10, by: "ada" });
    const sha256 = createHash("sha256");
    const partitions = [];
    for (const partition of [0, 1]) {
      const seal = (await chainOf(engine.ledger, "demo", partition)).at(-1);
      sha256.update(seal?.hash ?? "");
      const hash = seal?.hash.toString("hex");
      const logDigest = Buffer.from(seal?.logDigest ?? []).toString("hex");
      partitions.push({ partition, sequence: 3, hash, logEnd: 4, logDigest });
    }
    const key = await engine.keys.signingKey("admin");
    expect(certificate).toMatchObject({
      version: 2,
      election: "demo",
      definition: JSON.parse(JSON.stringify(definitionOf(election))),
      definitionHash: definitionHash(election).toString("hex"),
      result: sealedResult,
      counted: 10,
      rejected: { "already-voted": 2, "unknown-candidate": 2 },
      partitions,
      digest: sha256.digest("hex"),
      trailHead: head,
      verified: ["ledger", "log"],
      verifiedBy: { program: "vote", version: expect.stringMatching(/^\d/) },
      certifiedAt: 10,
      certifiedBy: "ada",
      keyId: key.id,
    });
    const signature = Buffer.from(certificate.signature, "base64url");
    expect(await isSignedBy(key.publicKey, certifiedBytes(certificate), signature)).toBe(true);
    expect(await engine.registry.get("demo")).toMatchObject({
      status: "certified",
      certifiedAt: 10,
    });
    expect((await engine.registry.trail("demo")).at(-1)).toMatchObject({ by: "ada", at: 10 });
    const again = await certify({ ...engine, report: await recount(engine), now: 20 });
    expect(again).toEqual(certificate);
    expect(await engine.registry.get("demo")).toMatchObject({
      certifiedAt: 10,
      revision: election.revision + 1,
    });
  });

  it("needs no view: what is official stands in the certificate", async () => {
    const { engine } = await sealed();
    const report = await recount(engine);
    const view = passedThrough(engine.view, {
      setRecounting: () => Promise.reject(new Error("away")),
    });
    const on = { ...engine, view };
    const work = () => certify({ ...on, report, now: 10 });
    await announced({ view, election: "demo" }, work);
    expect(await engine.registry.get("demo")).toMatchObject({ status: "certified" });
  });

  it("stands when a record behind the seal is voided before the trail says so", async () => {
    const { engine } = await sealed();
    const [position] = await engine.log.append([
      { election: "demo", partition: 0, bytes: Buffer.from("nobody can read this") },
    ]);
    const place = { partition: 0, position, reason: "a stranger's" };
    const registry = passedThrough(engine.registry, {
      async putCertificate(certificate) {
        await engine.registry.putCertificate(certificate);
        await voidRecord(engine, "demo", place, { by: "ada", at: 20 });
      },
    });
    const report = { ...(await recount(engine)), agrees: true };
    const certificate = await certify({ ...engine, registry, report, now: 10 });
    expect(position).toBeGreaterThanOrEqual(certificate.partitions[0].logEnd);
    expect((await recount(engine)).findings).toEqual([]);
  });

  it("may be done by two at once", async () => {
    const { engine } = await sealed();
    const report = await recount(engine);
    const both = [certify({ ...engine, report, now: 10 }), certify({ ...engine, report, now: 11 })];
    const [one, other] = await Promise.all(both);
    expect(one).toEqual(other);
    expect((await recount(engine)).findings).toEqual([]);
  });

  it("goes on where a process died after it had stored the certificate", async () => {
    const { engine } = await sealed();
    const { registry, keys } = engine;
    const { election, definition, definitionHash, result, counted, rejected, seals, ...rest } =
      await recount(engine);
    const { refused, refusedCount, voided } = rest;
    const stored = await signCertificate(
      {
        version: 2,
        ...{ election, definition, definitionHash, result, counted, rejected },
        ...{ refused, refusedCount, voided },
        partitions: seals,
        digest: String(rest.digest),
        trailHead: rest.trailHead,
        verified: ["ledger", "log"],
        verifiedBy: { program: "vote", version: "1" },
        certifiedAt: 7,
        certifiedBy: "bob",
      },
      await keys.signingKey("admin"),
    );
    await registry.putCertificate(stored);
    const report = await recount(engine);
    expect(report.findings).toEqual([]);
    expect(await certify({ ...engine, report, now: 10, by: "ada" })).toEqual(stored);
    expect((await registry.trail("demo")).at(-1)).toMatchObject({ by: "bob", at: 7 });
  });

  it("refuses what is not closed, not sealed, not right, or not all there is", async () => {
    const engine = await openTestEngine();
    const refused = async (code: string, changes = {}) => {
      const report = { ...(await recount(engine)), ...changes };
      await expect(certify({ ...engine, report, now: 10 })).rejects.toMatchObject({ code });
    };
    const open = await openTestElection(engine, "demo", 2);
    await refused("not-sealed");
    await refused("election-not-closed", { sealed: true, digest: "ab" });
    const { engine: other } = await sealed();
    const report = await recount(other);
    const attempt = (changes: object) =>
      certify({ ...other, report: { ...report, ...changes }, now: 10 });
    await expect(attempt({ agrees: false, findingCount: 1 })).rejects.toMatchObject({
      code: "recount-mismatch",
    });
    await expect(attempt({ from: "ledger" })).rejects.toMatchObject({ code: "invalid-usage" });
    await expect(attempt({ trailHead: "ab" })).rejects.toMatchObject({ code: "election-changed" });
    await expect(
      certify({ ...other, keys: { signingKey: async () => adminKey }, report, now: 10 }),
    ).rejects.toMatchObject({ code: "untrusted-key" });
    expect(await other.registry.getCertificate("demo")).toBeUndefined();
    expect(open.status).toBe("open");
  });

  it("issues none in place of one that is missing", async () => {
    const { engine, election } = await sealed();
    const report = await recount(engine);
    await engine.registry.replace(withStatus(election, "certified", 5));
    const later = await recount(engine);
    const change = election.revision + 1;
    const what = "the election was certified by this change, but the certificate is missing";
    const detail = `election demo, change ${change}: ${what}`;
    expect(later.findings).toMatchObject([{ kind: "certificate-missing", change, detail }]);
    for (const { trailHead: head } of [report, later]) {
      const stale = { ...report, trailHead: head };
      await expect(certify({ ...engine, report: stale, now: 10 })).rejects.toMatchObject({
        code: "corrupt-registry",
        exitCode: 3,
      });
    }
    expect(await engine.registry.getCertificate("demo")).toBeUndefined();
  });
});

describe("recount of an unknown election", () => {
  it("is refused", async () => {
    const engine = await openTestEngine();
    const options = { election: "none", ...engine, from: "ledger" } as const;
    await expect(recountElection(options)).rejects.toMatchObject({ code: "unknown-election" });
  });
});
