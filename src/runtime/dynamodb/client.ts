import { setMaxListeners } from "node:events";
import {
  type AttributeValue,
  BatchGetItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
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
import { administrationOf } from "./table-administration.js";
import {
  checkTables,
  type EnsuredTables,
  ensureTables,
  registryKeys,
  segmentKeys,
  type TableAdministration,
  type TableFinding,
  type TableKeys,
} from "./tables.js";

/**
 * A connection to DynamoDB. Only this class and its tables' administration call the SDK; this class
 * retries, counts, and translates its errors. Credentials come from the AWS default chain. Opening
 * makes no request: what is unreachable or missing shows with the first call.
 */
export class DynamoDb implements Items {
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
  readonly #administration: TableAdministration;
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
    this.#administration = administrationOf(this.#client, (what, attempt) =>
      this.#call(what, attempt),
    );
    this.#retry = { firstMs: 20, maxMs: 500, giveUpAfterMs: 5_000, ...options.retry };
  }

  /** What has been asked of DynamoDB so far. */
  usage(): DynamoDbUsage {
    return { ...this.#usage };
  }

  /** Creates the tables that are missing; changes nothing about those that exist. */
  ensureTables(): Promise<EnsuredTables> {
    return ensureTables(this.#administration, this.#tables());
  }

  /** What about the tables' settings is not as durability needs it. */
  checkTables(): Promise<TableFinding[]> {
    return checkTables(this.#administration, this.#tables());
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
