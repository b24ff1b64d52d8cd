import { setMaxListeners } from "node:events";
import {
  type AttributeValue,
  CreateTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateContinuousBackupsCommand,
} from "@aws-sdk/client-dynamodb";
import { retry } from "../time/backoff.js";
import {
  type DynamoUsage,
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
import { clientSettings, type DynamoLedgerOptions, type RetryBounds } from "./options.js";
import { DynamoRegistry } from "../registry/dynamodb.js";
import { type Failure, failureOf, mayPass, storeError } from "./errors.js";
import { DynamoSegments } from "../ledger/dynamodb.js";
import {
  DynamoTables,
  type EnsuredTables,
  registryKeys,
  segmentKeys,
  type TableAdministration,
  type TableDescription,
  type TableFinding,
  type TableKeys,
} from "./tables.js";
import type { Ledger, Registry } from "../ledger/port.js";

export interface DynamoLedger extends Ledger {
  readonly registry: Registry;
  usage(): DynamoUsage;
  /** Creates the tables that are missing; changes nothing on those that stand. */
  ensureTables(): Promise<EnsuredTables>;
  /** What of the tables' settings is not as durability needs it. */
  checkTables(): Promise<TableFinding[]>;
}

/**
 * The ledger and the election registry on DynamoDB. Credentials come from the AWS default chain.
 * Opening makes no request: what is unreachable or missing shows with the first call.
 */
export async function openDynamoLedger(options: DynamoLedgerOptions = {}): Promise<DynamoLedger> {
  const { segmentsTable = "vote-segments", registryTable = "vote-registry" } = options;
  const calls = new DynamoCalls(new DynamoDBClient(clientSettings(options)), options.retry);
  const tables = new DynamoTables(
    calls,
    new Map([
      [segmentsTable, segmentKeys],
      [registryTable, registryKeys],
    ]),
  );
  return Object.assign(new DynamoSegments(calls, segmentsTable, () => calls.close()), {
    registry: new DynamoRegistry(calls, registryTable),
    usage: () => ({ ...calls.usage }),
    ensureTables: () => tables.ensure(),
    checkTables: () => tables.check(),
  });
}

const isNamed = (error: unknown, name: string) => error instanceof Error && error.name === name;

/** The only place that calls the SDK: retries, counts, and translates its errors. */
class DynamoCalls implements Items, TableAdministration {
  readonly usage = {
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

  constructor(client: DynamoDBClient, retry: Partial<RetryBounds> = {}) {
    setMaxListeners(0, this.#closing.signal);
    this.#client = client;
    this.#retry = { firstMs: 20, maxMs: 500, giveUpAfterMs: 5_000, ...retry };
  }

  async put(request: PutRequest): Promise<PutOutcome> {
    const { table, item, condition, names, values } = request;
    const units = writeUnitsOf(itemBytes(item));
    let unanswered = false;
    return this.#call<PutOutcome>(
      `PutItem on ${table}`,
      async () => {
        const command = new PutItemCommand({
          TableName: table,
          Item: item,
          ConditionExpression: condition,
          ExpressionAttributeNames: names,
          ...(values === undefined ? {} : { ExpressionAttributeValues: values }),
        });
        this.usage.writeRequests++;
        try {
          await this.#client.send(command);
        } catch (error) {
          if (!isNamed(error, "ConditionalCheckFailedException")) throw error;
          this.usage.writeUnits += units;
          return unanswered ? "perhaps-done" : "refused";
        }
        this.usage.writeUnits += units;
        return "done";
      },
      (failure) => {
        unanswered ||= failure === "passing";
      },
    );
  }

  async get({ table, key, attribute }: GetRequest): Promise<StoredItem | undefined> {
    return this.#call(`GetItem on ${table}`, async () => {
      this.usage.readRequests++;
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

  async query(request: QueryRequest): Promise<Page> {
    const { table, condition, names, values, attribute, backwards = false, limit, start } = request;
    return this.#call(`Query on ${table}`, async () => {
      this.usage.readRequests++;
      const { Items = [], LastEvaluatedKey } = await this.#client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: condition,
          ExpressionAttributeNames: { ...names, "#attribute": attribute },
          ExpressionAttributeValues: values,
          ProjectionExpression: "#attribute",
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
    this.usage.readUnits += readUnitsOf(bytes);
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
      this.usage.retries++;
      if (failure === "throttled") this.usage.throttled++;
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

type Key = Record<string, AttributeValue>;
