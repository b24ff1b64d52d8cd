import { isDeepStrictEqual } from "node:util";
import {
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import kafkajs from "kafkajs";
import { topicName } from "../../../src/runtime/log/kafka/client/settings.js";
import { eventually } from "../temporary.js";
import { type Contents, type Item, itemKey } from "./tampered-cluster.js";

export interface RawStoresOptions {
  readonly brokers: readonly string[];
  readonly endpoint: string;
  readonly tables: { readonly segments: string; readonly registry: string };
}

const keyNames = { segments: ["chain", "sequence"], registry: ["kind", "id"] } as const;
const tableNames = ["segments", "registry"] as const;

/** DynamoDB and Kafka through their own clients, past every rule of ours. */
export class RawStores {
  readonly #options: RawStoresOptions;
  readonly #database: DynamoDBClient;
  readonly #kafka: kafkajs.Kafka;
  readonly #admin: kafkajs.Admin;

  private constructor(options: RawStoresOptions) {
    this.#options = options;
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    const { endpoint, brokers } = options;
    this.#database = new DynamoDBClient({ endpoint, region: "us-east-1", credentials });
    this.#kafka = new kafkajs.Kafka({ brokers: [...brokers], logLevel: 0 });
    this.#admin = this.#kafka.admin();
  }

  static async open(options: RawStoresOptions): Promise<RawStores> {
    const stores = new RawStores(options);
    await stores.#admin.connect();
    return stores;
  }

  async close(): Promise<void> {
    this.#database.destroy();
    await this.#admin.disconnect();
  }

  /** Every item of both tables. */
  async items(): Promise<Map<string, Item>> {
    const found = new Map<string, Item>();
    for (const table of tableNames) {
      const scan = new ScanCommand({ TableName: this.#options.tables[table] });
      const { Items = [], LastEvaluatedKey } = await this.#database.send(scan);
      if (LastEvaluatedKey !== undefined) throw new Error(`${table} has more than one page`);
      const [partition, sort] = keyNames[table];
      for (const item of Items) {
        const sorted = item[sort]?.S ?? item[sort]?.N ?? "";
        found.set(itemKey(table, item[partition]?.S ?? "", sorted), item);
      }
    }
    return found;
  }

  /** Makes of what the stores hold what they are to hold. */
  async change(from: Contents, to: Contents): Promise<void> {
    for (const key of new Set([...from.items.keys(), ...to.items.keys()])) {
      const [now, wanted] = [from.items.get(key), to.items.get(key)];
      if (!isDeepStrictEqual(now, wanted)) await this.#putOrDelete(now, wanted);
    }
    for (const election of new Set([...from.topics.keys(), ...to.topics.keys()])) {
      const [now, wanted] = [from.topics.get(election), to.topics.get(election)];
      if (!isDeepStrictEqual(now, wanted)) await this.#recreate(election, wanted);
    }
  }

  async #putOrDelete(now: Item | undefined, wanted: Item | undefined): Promise<void> {
    const [item, key] = [wanted ?? now ?? {}, wanted ?? now ?? {}];
    const table = "chain" in item ? "segments" : "registry";
    const [partition, sort] = keyNames[table];
    const TableName = this.#options.tables[table];
    if (wanted !== undefined) {
      await this.#database.send(new PutItemCommand({ TableName, Item: item }));
    } else {
      const Key = { [partition]: key[partition], [sort]: key[sort] };
      await this.#database.send(new DeleteItemCommand({ TableName, Key }));
    }
  }

  /** Kafka changes no record: a topic with other records is another topic under the same name. */
  async #recreate(
    election: string,
    partitions: readonly (readonly Buffer[])[] | undefined,
  ): Promise<void> {
    const topic = topicName(election);
    const isThere = async () => (await this.#admin.listTopics()).includes(topic);
    if (await isThere()) await this.#admin.deleteTopics({ topics: [topic] });
    await eventually("the topic to go", async () => !(await isThere()));
    if (partitions === undefined) return;
    // The client's false says that the topic is there: an attempt before has made it.
    await eventually("the new topic's leaders", () =>
      this.#admin.createTopics({ topics: [{ topic, numPartitions: partitions.length }] }).then(
        () => true,
        () => false,
      ),
    );
    const producer = this.#kafka.producer();
    await producer.connect();
    try {
      const messages = partitions.flatMap((records, partition) =>
        records.map((value) => ({ partition, value })),
      );
      if (messages.length > 0) await producer.send({ topic, messages });
    } finally {
      await producer.disconnect();
    }
  }

  /** As a retention time that was set by mistake does. */
  async deleteRecordsBefore(election: string, partition: number, position: number): Promise<void> {
    const partitions = [{ partition, offset: String(position) }];
    await eventually("the records to go", () =>
      this.#admin.deleteTopicRecords({ topic: topicName(election), partitions }).then(
        () => true,
        () => false,
      ),
    );
  }
}
