import { randomBytes } from "node:crypto";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { describe, expect, it, onTestFinished } from "vitest";
import { type DynamoLedger, openDynamoLedger } from "../../src/runtime/dynamodb/client.js";
import { useServices as withServices } from "../helpers/cluster/cluster.js";
import { realServers } from "../helpers/cluster/real-servers.js";
import { ledgerContract } from "./ledger.contract.js";

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

async function open(tables = names): Promise<DynamoLedger> {
  const ledger = await openDynamoLedger({ ...tables, endpoint: endpoint() ?? "" });
  onTestFinished(() => ledger.close());
  return ledger;
}

describe.runIf(available)("DynamoDB ledger", () => {
  ledgerContract(async () => {
    await (await open()).ensureTables();
    return {
      election,
      open: async () => {
        const ledger = await open();
        return { ledger, registry: ledger.registry };
      },
    };
  });

  it("makes tables that find nothing to complain about, again and again", async () => {
    const tables = { segmentsTable: `s-${run}`, registryTable: `r-${run}` };
    const ledgers = [await open(tables), await open(tables)];
    const missing = (await ledgers[0].checkTables()).map(({ table, found }) => `${table} ${found}`);
    expect(missing).toEqual([`s-${run} missing`, `r-${run} missing`]);
    const place = { election: election(), partition: 0, sequence: 0 };
    await expect(ledgers[0].append(place, Buffer.alloc(1))).rejects.toMatchObject({
      code: "ledger-unavailable",
      hint: expect.stringContaining("vote services init"),
    });
    await Promise.all(ledgers.map((ledger) => ledger.ensureTables()));
    expect(await ledgers[0].ensureTables()).toEqual({ created: [], findings: [] });
    expect(await ledgers[0].append(place, Buffer.alloc(1))).toBe("appended");
  });

  it("says so when a table has other keys", async () => {
    await (await open()).ensureTables();
    const swapped = await open({
      segmentsTable: names.registryTable,
      registryTable: names.segmentsTable,
    });
    const { created, findings } = await swapped.ensureTables();
    expect(created).toEqual([]);
    expect(findings.map(({ setting, found }) => `${setting}: ${found}`)).toEqual([
      "keys: kind S, id S",
      "keys: chain S, sequence N",
    ]);
  });

  it("reads a chain of many pages, and lets a reader leave early", async () => {
    const ledger = await open();
    await ledger.ensureTables();
    const place = { election: election(), partition: 3 };
    const size = 350 * 1_024;
    for (let sequence = 0; sequence < 12; sequence++) {
      await ledger.append({ ...place, sequence }, Buffer.alloc(size, sequence));
    }
    const before = ledger.usage().readRequests;
    const fills: number[] = [];
    for await (const bytes of ledger.read(place.election, place.partition, 1)) {
      expect(bytes.length).toBe(size);
      fills.push(bytes[size - 1]);
    }
    expect(fills).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(ledger.usage().readRequests - before).toBeGreaterThan(1);
    for await (const bytes of ledger.read(place.election, place.partition, 0)) {
      expect(bytes[0]).toBe(0);
      break;
    }
  });

  it("counts what will be charged", async () => {
    const ledger = await open();
    await ledger.ensureTables();
    const place = { election: election(), partition: 0, sequence: 0 };
    const before = ledger.usage();
    await ledger.append(place, Buffer.alloc(350 * 1_024));
    await ledger.append(place, Buffer.alloc(350 * 1_024));
    await ledger.get(place);
    const after = ledger.usage();
    expect(after.writeRequests - before.writeRequests).toBe(2);
    // The keys make it a little more than 350 KiB, as DynamoDB counts it too.
    expect(after.writeUnits - before.writeUnits).toBe(2 * 351);
    expect(after.readUnits - before.readUnits).toBe(88);
    expect(after.retries).toBe(0);
  });

  it.each([100, 985, 1_000, 10_000, 358_400])(
    "counts as many units for %i bytes as DynamoDB says it has consumed",
    async (size) => {
      const ledger = await open();
      await ledger.ensureTables();
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
      expect(ledger.usage().writeUnits).toBe(ConsumedCapacity?.CapacityUnits);
    },
  );
});
