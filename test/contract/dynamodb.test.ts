import { randomBytes } from "node:crypto";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { describe, expect, it, onTestFinished } from "vitest";
import { DynamoDb } from "../../src/runtime/dynamodb/client.js";
import { DynamoLedger } from "../../src/runtime/ledger/dynamodb.js";
import { DynamoRegistry } from "../../src/runtime/registry/dynamodb.js";
import { useServices as withServices } from "../helpers/cluster/cluster.js";
import { realServers } from "../helpers/cluster/real-servers.js";
import { ledgerContract } from "./ledger.contract.js";
import { registryContract } from "./registry.contract.js";

const named = process.env.VOTE_TEST_DYNAMODB;
const startable =
  named === undefined && (await realServers("the DynamoDB ledger's contract", ["dynamodb"]));
const services = startable ? withServices({ services: ["dynamodb"] }) : undefined;
const endpoint = () => named ?? services?.().endpoints.dynamodb?.endpoint;
const available = named !== undefined || services !== undefined;

const run = randomBytes(4).toString("hex");
let elections = 0;
const election = () => `contract-${run}-${elections++}`;
const names = {
  segmentsTable: "vote-contract-segments",
  registryTable: "vote-contract-registry",
};

function open(tables = names) {
  const database = new DynamoDb({ ...tables, endpoint: endpoint() ?? "" });
  onTestFinished(() => database.close());
  const ledger = new DynamoLedger(database, database.segmentsTable);
  const registry = new DynamoRegistry(database, database.registryTable);
  return { database, ledger, registry };
}

describe.runIf(available)("DynamoDB registry", () => {
  registryContract(async () => {
    await open().database.ensureTables();
    return { election, open: async () => open().registry };
  });
});

describe.runIf(available)("DynamoDB ledger", () => {
  ledgerContract(async () => {
    await open().database.ensureTables();
    return { election, open: async () => open().ledger };
  });

  it("makes tables that find nothing to complain about, again and again", async () => {
    const tables = { segmentsTable: `s-${run}`, registryTable: `r-${run}` };
    const sites = [open(tables), open(tables)];
    const missing = (await sites[0].database.checkTables()).map(
      ({ table, found }) => `${table} ${found}`,
    );
    expect(missing).toEqual([`s-${run} missing`, `r-${run} missing`]);
    const place = { election: election(), partition: 0, sequence: 0 };
    await expect(sites[0].ledger.append(place, Buffer.alloc(1))).rejects.toMatchObject({
      code: "ledger-unavailable",
      hint: expect.stringContaining("vote services init"),
    });
    await Promise.all(sites.map(({ database }) => database.ensureTables()));
    expect(await sites[0].database.ensureTables()).toEqual({ created: [], findings: [] });
    expect(await sites[0].ledger.append(place, Buffer.alloc(1))).toBe("appended");
  });

  it("says so when a table has other keys", async () => {
    await open().database.ensureTables();
    const swapped = open({
      segmentsTable: names.registryTable,
      registryTable: names.segmentsTable,
    });
    const { created, findings } = await swapped.database.ensureTables();
    expect(created).toEqual([]);
    expect(findings.map(({ setting, found }) => `${setting}: ${found}`)).toEqual([
      "keys: kind S, id S",
      "keys: chain S, sequence N",
    ]);
  });

  it("reads a chain of many pages, and lets a reader leave early", async () => {
    const { database, ledger } = open();
    await database.ensureTables();
    const place = { election: election(), partition: 3 };
    const size = 350 * 1_024;
    for (let sequence = 0; sequence < 12; sequence++) {
      await ledger.append({ ...place, sequence }, Buffer.alloc(size, sequence));
    }
    const before = database.usage().readRequests;
    const fills: number[] = [];
    for await (const bytes of ledger.read(place.election, place.partition, 1)) {
      expect(bytes.length).toBe(size);
      fills.push(bytes[size - 1]);
    }
    expect(fills).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(database.usage().readRequests - before).toBeGreaterThan(1);
    for await (const bytes of ledger.read(place.election, place.partition, 0)) {
      expect(bytes[0]).toBe(0);
      break;
    }
  });

  it("counts what will be charged", async () => {
    const { database, ledger } = open();
    await database.ensureTables();
    const place = { election: election(), partition: 0, sequence: 0 };
    const before = database.usage();
    await ledger.append(place, Buffer.alloc(350 * 1_024));
    await ledger.append(place, Buffer.alloc(350 * 1_024));
    await ledger.get(place);
    const after = database.usage();
    expect(after.writeRequests - before.writeRequests).toBe(2);
    // The keys make it a little more than 350 KiB, as DynamoDB counts it too.
    expect(after.writeUnits - before.writeUnits).toBe(2 * 351);
    expect(after.readUnits - before.readUnits).toBe(88);
    expect(after.retries).toBe(0);
  });

  it.each([100, 985, 1_000, 10_000, 358_400])(
    "counts as many units for %i bytes as DynamoDB says it has consumed",
    async (size) => {
      const { database, ledger } = open();
      await database.ensureTables();
      const segment = Buffer.alloc(size);
      const place = { election: election(), partition: 0, sequence: 0 };
      await ledger.append(place, segment);
      const credentials = { accessKeyId: "local", secretAccessKey: "local" };
      const client = new DynamoDBClient({ endpoint: endpoint(), region: "us-east-1", credentials });
      onTestFinished(() => client.destroy());
      const item = {
        chain: { S: `${election()}#0` },
        sequence: { N: "0" },
        segment: { B: segment },
      };
      const { ConsumedCapacity } = await client.send(
        new PutItemCommand({
          TableName: names.segmentsTable,
          Item: item,
          ReturnConsumedCapacity: "TOTAL",
        }),
      );
      expect(database.usage().writeUnits).toBe(ConsumedCapacity?.CapacityUnits);
    },
  );
});
