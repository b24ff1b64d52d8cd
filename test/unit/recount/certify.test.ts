import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { withStatus } from "../../../src/runtime/core/election.js";
import { counted } from "../../../src/runtime/core/formats/decision.js";
import { hashBytes } from "../../../src/runtime/core/formats/segment.js";
import { certify } from "../../../src/runtime/recount/certify.js";
import { recountElection } from "../../../src/runtime/recount/recount.js";
import type { Engine } from "../../../src/runtime/wiring.js";
import { ballotOf, numbered } from "../../helpers/data/ballots.js";
import { electionOf, encodeChain, honestChain, storeChain } from "../../helpers/data/chains.js";
import { openTestEngine } from "../../helpers/data/election.js";

/** A closed election of two partitions, each with one sealed segment of two votes. */
async function closedElection() {
  const engine = await openTestEngine();
  const draft = electionOf("demo", 2, 2);
  await engine.registry.create(draft);
  const open = withStatus(draft, "open", 2);
  await engine.registry.replace(open);
  const close = () => engine.registry.replace(withStatus(open, "closed", 3));
  const ofPartition = (partition: number) =>
    Array.from({ length: 50 }, (_, voter) => voter)
      .filter((voter) => numbered(voter).readUInt32LE(0) % 2 === partition)
      .slice(0, 2)
      .map((voter) => ({ ballot: ballotOf(voter, voter, partition), decision: counted }));
  const chains = [0, 1].map((partition) =>
    encodeChain(honestChain("demo", partition, 2, [ofPartition(partition)])),
  );
  return { engine, chains, close };
}

const store = async (engine: Engine, chains: Buffer[][]) => {
  for (const [partition, chain] of chains.entries()) {
    await storeChain(engine.ledger, "demo", partition, chain);
  }
};

const recount = ({ registry, ledger, log }: Engine) =>
  recountElection({ election: "demo", registry, ledger, log, from: "ledger" });

describe("certify", () => {
  it("makes the recount's result official, once", async () => {
    const { engine, chains, close } = await closedElection();
    await store(engine, chains);
    await close();
    const report = await recount(engine);
    const certificate = await certify({ ...engine, report, now: 10 });
    const sha256 = createHash("sha256");
    for (const [segment] of chains) sha256.update(segment.subarray(segment.length - hashBytes));
    expect(certificate).toMatchObject({
      election: "demo",
      certifiedAt: 10,
      counted: 4,
      rejected: {},
      result: [
        { candidate: "candidate-0", votes: 2 },
        { candidate: "candidate-1", votes: 2 },
      ],
      digest: sha256.digest("hex"),
    });
    expect(await engine.registry.get("demo")).toMatchObject({
      status: "certified",
      certifiedAt: 10,
    });
    expect((await engine.view.get("demo")).official).toEqual({
      certifiedAt: 10,
      counts: [2, 2],
      rejected: {},
      digest: certificate.digest,
    });
    const again = await certify({ ...engine, report: await recount(engine), now: 20 });
    expect(again).toEqual(certificate);
    expect(await engine.registry.get("demo")).toMatchObject({ certifiedAt: 10 });
  });

  it("may be done by two at once", async () => {
    const { engine, chains, close } = await closedElection();
    await store(engine, chains);
    await close();
    const report = await recount(engine);
    const both = [certify({ ...engine, report, now: 10 }), certify({ ...engine, report, now: 11 })];
    const [one, other] = await Promise.all(both);
    expect(one).toEqual(other);
  });

  it("refuses what is not closed, not sealed, or not right", async () => {
    const { engine, chains, close } = await closedElection();
    await store(engine, chains.slice(0, 1));
    const refused = async (code: string) => {
      const report = await recount(engine);
      await expect(certify({ ...engine, report, now: 10 })).rejects.toMatchObject({ code });
    };
    await refused("not-sealed");
    await storeChain(engine.ledger, "demo", 1, chains[1]);
    await refused("election-not-closed");
    await close();
    const wrong = { ...(await recount(engine)), agrees: false, findingCount: 1 };
    await expect(certify({ ...engine, report: wrong, now: 10 })).rejects.toMatchObject({
      code: "recount-mismatch",
    });
    expect(await engine.registry.getCertificate("demo")).toBeUndefined();
  });

  it("is held against every later recount", async () => {
    const { engine, chains, close } = await closedElection();
    await store(engine, chains);
    await close();
    const report = await recount(engine);
    const digest = "0".repeat(64);
    await engine.registry.putCertificate({ ...report, certifiedAt: 10, counted: 5, digest });
    const later = await recount(engine);
    expect(later.findings).toMatchObject([
      { kind: "certificate-differs", detail: expect.stringContaining(digest) },
      { kind: "certificate-differs", detail: expect.stringContaining("counts 5 votes") },
    ]);
    await expect(certify({ ...engine, report, now: 11 })).rejects.toMatchObject({
      code: "recount-mismatch",
    });
  });
});

describe("recount of an unknown election", () => {
  it("is refused", async () => {
    const { engine } = await closedElection();
    const { registry, ledger, log } = engine;
    const options = { election: "none", registry, ledger, log, from: "ledger" } as const;
    await expect(recountElection(options)).rejects.toMatchObject({ code: "unknown-election" });
  });
});
