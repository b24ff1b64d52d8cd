import { setMaxListeners } from "node:events";
import {
  type AttributeValue,
  BatchGetItemCommand,
  CreateTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateContinuousBackupsCommand,
} from "@aws-sdk/client-dynamodb";
import { retry } from "../time/backoff.js";
import { type ClockWatch, learnFromDates } from "./clock-watch.js";
import { type Failure, failureOf, isRefusal, mayPass, storeError } from "./errors.js";
import {
  type DynamoDbUsage,
  type GetManyRequest,
  type GetRequest,
  type Items,
  itemBytes,
  type Page,
  type PutOutcome,
  type PutRequest,
  type QueryRequest,
  readUnitsOf,
  type StoredItem,
  writeUnitsOf,
} from "./items.js";
import { clientSettings, type DynamoDbOptions, type RetryBounds } from "./options.js";
import {
  checkTables,
  type EnsuredTables,
  ensureTables,
  registryKeys,
  segmentKeys,
  type TableAdministration,
  type TableDescription,
  type TableFinding,
  type TableKeys,
} from "./tables.js";

const isNamed = (error: unknown, name: string) => error instanceof Error && error.name === name;

/**
 * A connection to DynamoDB, and the only place that calls the SDK: retries, counts, and translates
 * its errors. Credentials come from the AWS default chain. Opening makes no request: what is
 * unreachable or missing shows with the first call.
 */
export class DynamoDb implements Items, TableAdministration {
  readonly segmentsTable: string;
  readonly registryTable: string;
  readonly #usage = {
    writeRequests: 0,
    readRequests: 0,
    writeUnits: 0,
    readUnits: 0,
    throttled: 0,
    retries: 0,
  };
  readonly #client: DynamoDBClient;
  readonly #retry: RetryBounds;
  readonly #closing = new AbortController();

  /** @param time whose clock to compare with DynamoDB's; default: none */
  constructor(options: DynamoDbOptions = {}, time?: ClockWatch) {
    const { segmentsTable = "vote-segments", registryTable = "vote-registry" } = options;
    setMaxListeners(0, this.#closing.signal);
    this.segmentsTable = segmentsTable;
    this.registryTable = registryTable;
    this.#client = new DynamoDBClient(clientSettings(options));
    if (time !== undefined) {
      const step = { step: "deserialize", name: "learnFromDates", priority: "low" } as const;
      this.#client.middlewareStack.add(learnFromDates(time), step);
    }
    this.#retry = { firstMs: 20, maxMs: 500, giveUpAfterMs: 5_000, ...options.retry };
  }

  /** What has been asked of DynamoDB so far. */
  usage(): DynamoDbUsage {
    return { ...this.#usage };
  }

  /** Creates the tables that are missing; changes nothing about those that exist. */
  ensureTables(): Promise<EnsuredTables> {
    return ensureTables(this, this.#tables());
  }

  /** What about the tables' settings is not as durability needs it. */
  checkTables(): Promise<TableFinding[]> {
    return checkTables(this, this.#tables());
  }

  #tables(): ReadonlyMap<string, TableKeys> {
    return new Map([
      [this.segmentsTable, segmentKeys],
      [this.registryTable, registryKeys],
    ]);
  }

  put(request: PutRequest): Promise<PutOutcome> {
    const units = writeUnitsOf(itemBytes(request.item));
    const command = () => this.#client.send(new PutItemCommand(putOf(request)));
    return this.#put(`PutItem on ${request.table}`, units, command);
  }

  putAll(requests: readonly PutRequest[]): Promise<PutOutcome> {
    // DynamoDB prepares each write, and then commits it.
    const units = requests.reduce((sum, { item }) => sum + 2 * writeUnitsOf(itemBytes(item)), 0);
    const TransactItems = requests.map((request) => ({ Put: putOf(request) }));
    const command = () => this.#client.send(new TransactWriteItemsCommand({ TransactItems }));
    return this.#put(`TransactWriteItems on ${requests[0].table}`, units, command);
  }

  #put(what: string, units: number, send: () => Promise<unknown>): Promise<PutOutcome> {
    let unanswered = false;
    return this.#call<PutOutcome>(
      what,
      async () => {
        this.#usage.writeRequests++;
        try {
          await send();
        } catch (error) {
          if (!isRefusal(error)) throw error;
          this.#usage.writeUnits += units;
          return unanswered ? "perhaps-done" : "refused";
        }
        this.#usage.writeUnits += units;
        return "done";
      },
      (failure) => {
        unanswered ||= failure === "passing";
      },
    );
  }

  async get({ table, key, attribute }: GetRequest): Promise<StoredItem | undefined> {
    return this.#call(`GetItem on ${table}`, async () => {
      this.#usage.readRequests++;
      const { Item } = await this.#client.send(
        new GetItemCommand({
          TableName: table,
          Key: key,
          ConsistentRead: true,
          ProjectionExpression: "#attribute",
          ExpressionAttributeNames: { "#attribute": attribute },
        }),
      );
      this.#read(Item === undefined ? [] : [Item]);
      return Item;
    });
  }

  async getMany({ table, keys, attribute }: GetManyRequest): Promise<StoredItem[]> {
    const found: StoredItem[] = [];
    // DynamoDB may answer a part only, and names the keys that are left: at least one fewer.
    for (let left: Key[] = keys.map((key) => ({ ...key })); left.length > 0; ) {
      left = await this.#call(`BatchGetItem on ${table}`, async () => {
        this.#usage.readRequests++;
        const wanted = {
          Keys: left,
          ConsistentRead: true,
          ProjectionExpression: "#attribute",
          ExpressionAttributeNames: { "#attribute": attribute },
        };
        const { Responses, UnprocessedKeys } = await this.#client.send(
          new BatchGetItemCommand({ RequestItems: { [table]: wanted } }),
        );
        const items = Responses?.[table] ?? [];
        this.#read(items);
        found.push(...items);
        return UnprocessedKeys?.[table]?.Keys ?? [];
      });
    }
    return found;
  }

  async query(request: QueryRequest): Promise<Page> {
    const { table, condition, names, values, backwards = false, limit, start } = request;
    const wanted = request.attributes.map((name, index) => [`#wanted${index}`, name]);
    return this.#call(`Query on ${table}`, async () => {
      this.#usage.readRequests++;
      const { Items = [], LastEvaluatedKey } = await this.#client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: condition,
          ExpressionAttributeNames: { ...names, ...Object.fromEntries(wanted) },
          ExpressionAttributeValues: values,
          ProjectionExpression: wanted.map(([alias]) => alias).join(", "),
          ConsistentRead: true,
          ScanIndexForward: !backwards,
          ...(limit === undefined ? {} : { Limit: limit }),
          // A key as the last page gave it: strings and numbers.
          ...(start === undefined ? {} : { ExclusiveStartKey: start as Key }),
        }),
      );
      this.#read(Items);
      return { items: Items, next: LastEvaluatedKey };
    });
  }

  #read(items: readonly StoredItem[]): void {
    const bytes = items.reduce((sum, item) => sum + itemBytes(item), 0);
    this.#usage.readUnits += readUnitsOf(bytes);
  }

  async describe(table: string): Promise<TableDescription | undefined> {
    const TableName = table;
    return this.#call(`DescribeTable on ${table}`, async () => {
      try {
        const { Table } = await this.#client.send(new DescribeTableCommand({ TableName }));
        const types = new Map(
          Table?.AttributeDefinitions?.map((one) => [one.AttributeName, one.AttributeType]),
        );
        const keys = (Table?.KeySchema ?? [])
          .map(({ AttributeName }) => `${AttributeName} ${types.get(AttributeName)}`)
          .join(", ");
        const deletionProtection = Table?.DeletionProtectionEnabled === true;
        // A table that is still being made has no answer to the other questions.
        if (Table?.TableStatus === "CREATING") return { active: false, keys, deletionProtection };
        const expiry = await this.#client.send(new DescribeTimeToLiveCommand({ TableName }));
        const status = expiry.TimeToLiveDescription?.TimeToLiveStatus;
        return {
          active: true,
          keys,
          deletionProtection,
          ...(await this.#pointInTimeRecovery(TableName)),
          timeToLive: status === "ENABLED" || status === "ENABLING",
        };
      } catch (error) {
        if (isNamed(error, "ResourceNotFoundException")) return undefined;
        throw error;
      }
    });
  }

  async #pointInTimeRecovery(TableName: string): Promise<{ pointInTimeRecovery?: boolean }> {
    try {
      const { ContinuousBackupsDescription } = await this.#client.send(
        new DescribeContinuousBackupsCommand({ TableName }),
      );
      const recovery = ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
      return { pointInTimeRecovery: recovery?.PointInTimeRecoveryStatus === "ENABLED" };
    } catch (error) {
      if (isNamed(error, "UnknownOperationException")) return {};
      throw error;
    }
  }

  async create(table: string, { partitionKey, sortKey }: TableKeys): Promise<void> {
    await this.#call(`CreateTable ${table}`, async () => {
      try {
        await this.#client.send(
          new CreateTableCommand({
            TableName: table,
            BillingMode: "PAY_PER_REQUEST",
            DeletionProtectionEnabled: true,
            AttributeDefinitions: [partitionKey, sortKey].map(({ name, type }) => ({
              AttributeName: name,
              AttributeType: type,
            })),
            KeySchema: [
              { AttributeName: partitionKey.name, KeyType: "HASH" },
              { AttributeName: sortKey.name, KeyType: "RANGE" },
            ],
          }),
        );
      } catch (error) {
        if (!isNamed(error, "ResourceInUseException")) throw error;
      }
    });
  }

  async enablePointInTimeRecovery(table: string): Promise<boolean> {
    return this.#call(`UpdateContinuousBackups on ${table}`, async () => {
      try {
        await this.#client.send(
          new UpdateContinuousBackupsCommand({
            TableName: table,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          }),
        );
        return true;
      } catch (error) {
        if (isNamed(error, "UnknownOperationException")) return false;
        throw error;
      }
    });
  }

  async #call<T>(
    what: string,
    attempt: () => Promise<T>,
    failed?: (failure: Failure) => void,
  ): Promise<T> {
    const retrying = (error: unknown) => {
      const failure = failureOf(error);
      this.#usage.retries++;
      if (failure === "throttled") this.#usage.throttled++;
      failed?.(failure);
    };
    const { signal } = this.#closing;
    try {
      return await retry(attempt, { ...this.#retry, mayPass, retrying, signal });
    } catch (error) {
      throw storeError(what, error);
    }
  }

  /** Ends retries and connections; what is under way fails. */
  close(): void {
    this.#closing.abort();
    this.#client.destroy();
  }
}

function putOf({ table, item, condition, names, values }: PutRequest) {
  return {
    TableName: table,
    Item: item,
    ConditionExpression: condition,
    ExpressionAttributeNames: names,
    ...(values === undefined ? {} : { ExpressionAttributeValues: values }),
  };
}

type Key = Record<string, AttributeValue>;
