import { randomBytes } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DynamoDb } from "../../src/runtime/dynamodb/client.js";
import type { SigningKey } from "../../src/runtime/keys/signing.js";
import { clusterOf } from "../../src/runtime/local-cluster/access.js";
import { certify } from "../../src/runtime/recount/certificate/certify.js";
import { recountElection } from "../../src/runtime/recount/recount.js";
import { type Engine, openEngine } from "../../src/runtime/wiring/engine.js";
import { openEvidence } from "../../src/runtime/wiring/evidence.js";
import { useServices as withServices } from "../helpers/cluster/cluster.js";
import { realServers } from "../helpers/cluster/real-servers.js";
import { sealedElection } from "../helpers/data/sealed-election.js";
import {
  alteredField,
  alteredPlace,
  certificateCases,
  certificateFields,
  heldAgainstCases,
  signedField,
} from "../helpers/tampering/certificate-cases.js";
import { ledgerCases, renamed } from "../helpers/tampering/ledger-cases.js";
import { logCases } from "../helpers/tampering/log-cases.js";
import { RawStores } from "../helpers/tampering/raw-stores.js";
import {
  registryCases,
  rewrittenCases,
  rewrittenCertifiedCases,
} from "../helpers/tampering/registry-cases.js";
import { type Contents, TamperedCluster } from "../helpers/tampering/tampered-cluster.js";
import { expectDamage, verdictOn } from "../helpers/tampering/verdict.js";

const available = await realServers("damage and forgery in the cluster's stores");
const timeoutMs = 180_000;

/**
 * What test/invariant/tampering does to files, done to real Kafka and DynamoDB through their own
 * clients, and undone after each case.
 */
describe.runIf(available)("damage and forgery in the cluster's stores", () => {
  const services = withServices();
  const keysDir = mkdtempSync(join(tmpdir(), "vote-tampering-"));
  const run = randomBytes(4).toString("hex");
  const tables = { segments: `${run}-segments`, registry: `${run}-registry` };
  let engine: Engine;
  let stores: RawStores;
  let hostKey: SigningKey;
  let honest: Contents;

  const options = () => {
    const cluster = clusterOf(services());
    const names = { segmentsTable: tables.segments, registryTable: tables.registry };
    const dynamodb = { ...cluster.dynamodb, ...names };
    return { engine: "cluster", cluster: { ...cluster, dynamodb }, keysDir } as const;
  };

  const verdict = async (election?: string) => verdictOn(await openEvidence(options()), election);

  /** Does it, expects that the recount names the place, and undoes it. */
  async function expectNoticed(
    tamper: (data: TamperedCluster) => unknown,
    place: RegExp,
    election?: string,
  ): Promise<void> {
    const data = new TamperedCluster(honest);
    await tamper(data);
    const { contents } = data;
    await stores.change(honest, contents);
    try {
      expectDamage(await verdict(election), place);
    } finally {
      await stores.change(contents, honest);
    }
  }

  async function look(): Promise<void> {
    const records = async (partition: number) => {
      const found = await engine.log.read("demo", partition, 0, 1e6);
      return found.map(({ bytes }) => Buffer.from(bytes));
    };
    const topics = new Map([["demo", [await records(0), await records(1)]]]);
    honest = { items: await stores.items(), topics };
  }

  beforeAll(async () => {
    const { endpoints } = services();
    const database = new DynamoDb(options().cluster.dynamodb);
    await database.ensureTables();
    database.close();
    engine = await openEngine(options());
    stores = await RawStores.open({
      brokers: endpoints.kafka?.brokers ?? [],
      endpoint: endpoints.dynamodb?.endpoint ?? "",
      tables,
    });
    await sealedElection(engine);
    hostKey = await engine.keys.signingKey("admin");
    await look();
  }, timeoutMs);
  afterAll(async () => {
    await stores?.close();
    await engine?.close();
    await rm(keysDir, { recursive: true, force: true });
  });

  describe("of an election that is sealed", { timeout: timeoutMs }, () => {
    it("says nothing of what is whole", async () => {
      expect(await verdict()).toMatchObject({ exitCode: 0 });
    });

    it.each([...ledgerCases, ...rewrittenCases])("the ledger: %s", async (_, tamper, place) => {
      await expectNoticed(tamper, place);
    });

    it.each(logCases)("the log: %s", async (_, tamper, place) => {
      await expectNoticed(tamper, place);
    });

    it.each<[string, (data: TamperedCluster) => unknown, RegExp]>([
      [
        "its topic made anew, with fewer partitions",
        (data) => data.dropPartition(1),
        /partition 1, position 0: Kafka's topic vote\.demo, partition 1: it does not exist/,
      ],
      [
        "a frame dropped in the middle",
        (data) => data.records(0).splice(1, 1),
        /log-differs: election demo, partition 0, segment 1, ballot 0, .* instead, at position 1/,
      ],
      [
        "a frame duplicated in the middle",
        (data) => data.records(0).splice(1, 0, data.frame(0, 0)),
        /log-differs: election demo, partition 0, segment 1, ballot 0, .* no such ballot before/,
      ],
    ])("the log: %s", async (_, tamper, place) => {
      await expectNoticed(tamper, place);
    });

    it("the log: its beginning deleted", async () => {
      await stores.deleteRecordsBefore("demo", 0, 2);
      try {
        expectDamage(await verdict(), /partition 0: .*it begins at position 2 only/);
      } finally {
        await stores.change({ ...honest, topics: new Map() }, honest);
      }
    });

    it(renamed[0], async () => {
      await expectNoticed(renamed[1], renamed[2], "real");
    });

    it("says nothing once all of it is undone", async () => {
      expect(await verdict()).toMatchObject({ exitCode: 0 });
    });
  });

  describe("of an election that is certified", { timeout: timeoutMs }, () => {
    beforeAll(async () => {
      const report = await recountElection({ election: "demo", ...engine, from: "log" });
      await certify({ ...engine, report, now: Date.now(), by: "ada" });
      await look();
    });

    it.each(registryCases)("the registry: %s", async (_, tamper, place) => {
      await expectNoticed(tamper, place);
    });

    it.each(rewrittenCertifiedCases)("the whole trail: %s", async (_, tamper, place) => {
      await expectNoticed(tamper, place);
    });

    it.each(certificateFields)("the certificate: another %s", async (field, value, place) => {
      await expectNoticed(alteredField(field, value), alteredPlace);
      if (place !== undefined) await expectNoticed(signedField(field, value, hostKey), place);
    });

    it.each([...certificateCases, ...heldAgainstCases])(
      "the certificate: %s",
      async (_, tamper, place) => {
        await expectNoticed(tamper, place);
      },
    );

    it("says nothing once all of it is undone", async () => {
      expect(await verdict()).toMatchObject({ exitCode: 0 });
    });
  });
});
