import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { createElection, withStatus } from "../../../src/runtime/core/election.js";
import { DynamoDb } from "../../../src/runtime/dynamodb/client.js";
import { clientSettings } from "../../../src/runtime/dynamodb/options.js";
import { DynamoLedger } from "../../../src/runtime/ledger/dynamodb.js";
import { DynamoRegistry } from "../../../src/runtime/registry/dynamodb.js";
import { encodeChange } from "../../../src/runtime/registry/election-trail.js";
import { identityOf } from "../../helpers/data/identity.js";

interface Call {
  readonly operation: string;
  readonly body: Record<string, unknown>;
}

type Answer = { readonly status: number; readonly body: unknown } | "drop" | "hang";

const ok = (body: unknown = {}): Answer => ({ status: 200, body });
const error = (status: number, type: string): Answer => ({
  status,
  body: { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: "planted" },
});

/** Speaks DynamoDB's protocol as a script says, as no real server does at will. */
async function scripted(
  answers: Answer[],
  { requestTimeoutMs = 60_000, giveUpAfterMs = 60_000 } = {},
) {
  const calls: Call[] = [];
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const operation = String(request.headers["x-amz-target"]).split(".")[1];
    calls.push({ operation, body: JSON.parse(Buffer.concat(parts).toString()) });
    const answer = answers.shift() ?? error(400, "ValidationException");
    if (answer === "hang") return;
    if (answer === "drop") return void request.socket.destroy();
    response.writeHead(answer.status, { "content-type": "application/x-amz-json-1.0" });
    response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const database = new DynamoDb({
    endpoint: `http://127.0.0.1:${port}`,
    requestTimeoutMs,
    retry: { firstMs: 1, maxMs: 5, giveUpAfterMs },
  });
  onTestFinished(async () => {
    database.close();
    server.closeAllConnections();
    server.close();
  });
  const ledger = new DynamoLedger(database, database.segmentsTable);
  const registry = new DynamoRegistry(database, database.registryTable);
  return { database, ledger, registry, calls };
}

const place = { election: "unit", partition: 7, sequence: 0 };
const refused = error(400, "ConditionalCheckFailedException");
const throttled = error(400, "ProvisionedThroughputExceededException");

describe("append", () => {
  it("puts one item, conditional on its absence", async () => {
    const { ledger, calls } = await scripted([ok(), refused]);
    expect(await ledger.append(place, Buffer.from([1, 2, 255]))).toBe("appended");
    expect(await ledger.append(place, Buffer.from([1, 2, 255]))).toBe("exists");
    expect(calls[0]).toEqual({
      operation: "PutItem",
      body: {
        TableName: "vote-segments",
        Item: { chain: { S: "unit#7" }, sequence: { N: "0" }, segment: { B: "AQL/" } },
        ConditionExpression: "attribute_not_exists(#chain)",
        ExpressionAttributeNames: { "#chain": "chain" },
      },
    });
    expect(calls[1]).toEqual(calls[0]);
  });

  it("comes through throttling, 5xx, broken connections and lost answers", async () => {
    const { database, ledger, calls } = await scripted(
      [throttled, error(500, "InternalServerError"), "drop", "hang", throttled, ok()],
      // One answer never comes; the others may take long on a busy machine.
      { requestTimeoutMs: 3_000 },
    );
    expect(await ledger.append(place, Buffer.alloc(5_000))).toBe("appended");
    expect(calls).toHaveLength(6);
    expect(database.usage()).toMatchObject({
      writeRequests: 6,
      writeUnits: 5,
      throttled: 2,
      retries: 5,
    });
  });

  it("gives up in time, and does not insist where that is useless", async () => {
    const { ledger } = await scripted(
      Array.from({ length: 10_000 }, () => throttled),
      { giveUpAfterMs: 500 },
    );
    const hint = expect.stringContaining("partitions");
    const failed = { code: "ledger-unavailable", hint };
    await expect(ledger.append(place, Buffer.alloc(9))).rejects.toMatchObject(failed);
    const hopeless = await scripted([error(400, "AccessDeniedException")]);
    await expect(hopeless.ledger.append(place, Buffer.alloc(9))).rejects.toMatchObject({
      code: "ledger-unavailable",
      hint: expect.stringContaining("credentials"),
    });
    expect(hopeless.calls).toHaveLength(1);
  });

  it("looks for the segment before once a chain at most", async () => {
    const { ledger, calls } = await scripted([ok({ Item: { sequence: { N: "8" } } }), ok(), ok()]);
    for (const sequence of [9, 10]) await ledger.append({ ...place, sequence }, Buffer.alloc(9));
    expect(calls.map(({ operation }) => operation)).toEqual(["GetItem", "PutItem", "PutItem"]);
  });
});

describe("reading", () => {
  it("asks for consistent answers only, page after page", async () => {
    const item = (byte: number) => ({ segment: { B: Buffer.from([byte]).toString("base64") } });
    const lastKey = { chain: { S: "unit#7" }, sequence: { N: "1" } };
    const { ledger, calls } = await scripted([
      ok({ Items: [item(0), item(1)], LastEvaluatedKey: lastKey }),
      ok({ Items: [item(2)] }),
      ok({ Items: [item(2)] }),
      ok({ Item: item(2) }),
    ]);
    const read: number[] = [];
    for await (const bytes of ledger.read("unit", 7, 0)) read.push(bytes[0]);
    expect(read).toEqual([0, 1, 2]);
    await ledger.last("unit", 7);
    await ledger.get(place);
    expect(calls.map(({ body }) => body.ConsistentRead)).toEqual([true, true, true, true]);
    expect(calls[1].body.ExclusiveStartKey).toEqual(lastKey);
    expect(calls[2].body).toMatchObject({ ScanIndexForward: false, Limit: 1 });
  });

  it("asks for every chain that there can be, and again for what was left out", async () => {
    const found = (...partitions: number[]) =>
      partitions.map((partition) => ({ chain: { S: `unit#${partition}` } }));
    const left = [{ chain: { S: "unit#9" }, sequence: { N: "0" } }];
    const part = {
      Responses: { "vote-segments": found(7, 3) },
      UnprocessedKeys: { "vote-segments": { Keys: left } },
    };
    const rest = { Responses: { "vote-segments": found(9) } };
    const { ledger, calls } = await scripted([
      throttled,
      ok(part),
      ok(rest),
      ...Array.from({ length: 10 }, () => ok({ Responses: {} })),
    ]);
    expect(await ledger.partitions("unit")).toEqual([3, 7, 9]);
    type Asked = Record<string, { Keys: object[]; ConsistentRead: boolean }>;
    const asked = calls.map(({ body }) => (body.RequestItems as Asked)["vote-segments"]);
    expect(asked.map(({ Keys }) => Keys.length)).toEqual([100, 100, 1, ...Array(9).fill(100), 24]);
    expect(asked[2].Keys).toEqual(left);
    expect(asked.every(({ ConsistentRead }) => ConsistentRead)).toBe(true);
  });

  it("asks for as many items as fill a page, by the size of those before", async () => {
    const items = (count: number, bytes: number) =>
      Array.from({ length: count }, () => ({
        segment: { B: Buffer.alloc(bytes).toString("base64") },
      }));
    const next = { LastEvaluatedKey: { chain: { S: "unit#7" }, sequence: { N: "1" } } };
    const { ledger, calls } = await scripted([
      ok({ Items: items(4, 5_000), ...next }),
      ok({ Items: items(3, 350 * 1_024), ...next }),
      ok({ Items: [], ...next }),
      ok({ Items: [] }),
    ]);
    for await (const bytes of ledger.read("unit", 7, 0)) expect(bytes).toBeInstanceOf(Uint8Array);
    expect(calls.map(({ body }) => body.Limit)).toEqual([4, 211, 4, 4]);
  });

  it("lets a failing next page fail the reader who wants it, and nobody else", async () => {
    const first = { Items: [{ segment: { B: "AA==" } }], LastEvaluatedKey: { chain: { S: "x" } } };
    const denied = error(400, "AccessDeniedException");
    const { ledger } = await scripted([ok(first), denied, ok(first), denied]);
    const chain = ledger.read("unit", 7, 0)[Symbol.asyncIterator]();
    expect((await chain.next()).value).toHaveLength(1);
    await expect(chain.next()).rejects.toMatchObject({ code: "ledger-unavailable" });
    for await (const bytes of ledger.read("unit", 7, 0)) {
      expect(bytes).toHaveLength(1);
      break;
    }
  });
});

describe("registry", () => {
  const election = createElection({
    id: "unit",
    title: "Unit",
    candidates: [{ id: "a", name: "A" }],
    partitions: 1,
    ...identityOf("unit"),
    createdAt: 1,
  });
  const actor = { by: "ada", at: 7 };
  const nothing = ok({});
  const done = ok({});
  const item = (record: string) => ok({ Item: { record: { S: record } } });
  const shown = (one: unknown) => item(JSON.stringify(one));
  const first = encodeChange(election, actor, undefined);

  /** A transaction of two writes that is not made, for what is wrong with the first. */
  const canceled = (Code: string): Answer => {
    const { body } = error(400, "TransactionCanceledException") as { readonly body: object };
    const CancellationReasons = [{ Code }, { Code: "None" }];
    return { status: 400, body: { ...body, CancellationReasons } };
  };
  const taken = canceled("ConditionalCheckFailed");

  it("knows its own change again when the answer was lost", async () => {
    const { registry, calls } = await scripted([nothing, "drop", taken, item(first)]);
    await registry.create(election, actor);
    const operations = ["GetItem", "TransactWriteItems", "TransactWriteItems", "GetItem"];
    expect(calls.map(({ operation }) => operation)).toEqual(operations);
  });

  it("does not take a stranger's change for its own", async () => {
    const other = encodeChange({ ...election, title: "Other" }, actor, undefined);
    const { registry } = await scripted([nothing, "drop", taken, item(other)]);
    await expect(registry.create(election, actor)).rejects.toMatchObject({
      code: "election-exists",
    });
  });

  it("replaces record and trail at once, by a change that holds the hash of the last", async () => {
    const opened = withStatus(election, "open", 2);
    const busy = [canceled("TransactionConflict"), canceled("ThrottlingError")];
    const answers = [shown(election), item(first), ...busy, done];
    const { database, registry, calls } = await scripted(answers);
    await registry.replace(opened, actor);
    const change = {
      ConditionExpression: "attribute_not_exists(#kind)",
      Item: {
        kind: { S: "change#unit" },
        id: { S: "0000000002" },
        record: { S: encodeChange(opened, actor, first) },
      },
    };
    const record = {
      ConditionExpression: "attribute_not_exists(#kind) OR #revision < :revision",
      Item: { id: { S: "unit" }, record: { S: JSON.stringify(opened) } },
    };
    expect(calls.at(-1)?.body).toMatchObject({ TransactItems: [{ Put: change }, { Put: record }] });
    expect(database.usage()).toMatchObject({ writeRequests: 3, throttled: 1, retries: 2 });
  });

  it("says that it was beaten", async () => {
    const opened = withStatus(election, "open", 2);
    const { registry } = await scripted([shown(election), item(first), taken]);
    await expect(registry.replace(opened, actor)).rejects.toMatchObject({
      code: "election-changed",
    });
  });
});

describe("credentials", () => {
  it("are made up for a local endpoint without any, and never otherwise", () => {
    const local = { endpoint: "http://127.0.0.1:8000" };
    expect(clientSettings(local, {})).toMatchObject({ credentials: {}, region: "us-east-1" });
    expect(clientSettings(local, { AWS_PROFILE: "mine" })).not.toHaveProperty("credentials");
    expect(clientSettings({}, {})).not.toHaveProperty("credentials");
    const remote = { endpoint: "https://dynamodb.example.com" };
    expect(clientSettings(remote, {})).not.toHaveProperty("credentials");
    expect(clientSettings(remote, {})).not.toHaveProperty("region");
  });
});
