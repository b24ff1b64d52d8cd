import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Election } from "../../../src/runtime/core/election.js";
import type { Certificate } from "../../../src/runtime/core/formats/certificate.js";
import type { ElectionChange } from "../../../src/runtime/core/trail.js";
import { tamperedId as id, Tampered } from "./tampered.js";

export type Item = Record<string, AttributeValue>;

/** What a cluster's tables and topics hold. */
export interface Contents {
  /** By sort of table, and by both parts of the item's key. */
  readonly items: ReadonlyMap<string, Item>;
  /** By election, and by partition: records in order. */
  readonly topics: ReadonlyMap<string, readonly (readonly Buffer[])[]>;
}

/** Where an item stands in `Contents`. */
export const itemKey = (table: "segments" | "registry", partition: string, sort: string): string =>
  JSON.stringify([table, partition, sort]);

/** A cluster's contents, to be written to its stores. */
export class TamperedCluster extends Tampered {
  readonly #items: Map<string, Item>;
  readonly #topics: Map<string, (Buffer | undefined)[][]>;

  constructor({ items, topics }: Contents) {
    super();
    this.#items = new Map(items);
    this.#topics = new Map(
      [...topics].map(([election, partitions]) => [election, partitions.map((one) => [...one])]),
    );
  }

  get contents(): Contents {
    const held = (one: (Buffer | undefined)[]) => one.filter((record) => record !== undefined);
    const topics = [...this.#topics].map(([name, all]) => [name, all.map(held)] as const);
    return { items: this.#items, topics: new Map(topics) };
  }

  #set(key: string, item: Item | undefined): void {
    if (item === undefined) this.#items.delete(key);
    else this.#items.set(key, item);
  }

  #json(kind: string, sort: string): unknown {
    const item = this.#items.get(itemKey("registry", kind, sort));
    return JSON.parse(item?.record?.S ?? "null");
  }

  #setJson(kind: string, sort: string, record: object | undefined, more: Item = {}): void {
    const item = record && {
      ...{ kind: { S: kind }, id: { S: sort }, record: { S: JSON.stringify(record) } },
      ...more,
    };
    this.#set(itemKey("registry", kind, sort), item);
  }

  override segment(partition: number, sequence: number): Buffer {
    const item = this.#items.get(itemKey("segments", `${id}#${partition}`, String(sequence)));
    return Buffer.from(item?.segment?.B as Uint8Array);
  }

  override setSegment(
    partition: number,
    sequence: number,
    bytes?: Uint8Array,
    election = id,
  ): void {
    const [chain, sort] = [`${election}#${partition}`, String(sequence)];
    const item = bytes && { chain: { S: chain }, sequence: { N: sort }, segment: { B: bytes } };
    this.#set(itemKey("segments", chain, sort), item);
  }

  /** A partition's records, to be changed. */
  records(partition: number, election = id): (Buffer | undefined)[] {
    const topic = this.#topics.get(election) ?? [[], []];
    this.#topics.set(election, topic);
    return topic[partition];
  }

  /** That partition and those after it. */
  dropPartition(partition: number): void {
    this.#topics.get(id)?.splice(partition);
  }

  override frame(partition: number, position: number): Buffer {
    return Buffer.from(this.records(partition)[position] as Buffer);
  }

  override setFrame(partition: number, position: number, bytes?: Uint8Array, election = id): void {
    this.records(partition, election)[position] = bytes && Buffer.from(bytes);
  }

  /** Kafka's log ends where its records do. */
  override setEnd(): void {}

  override get record(): Election {
    return this.#json("election", id) as Election;
  }

  override setRecord(record: object | undefined, election = id): void {
    const { revision = 0 } = (record ?? {}) as Partial<Election>;
    this.#setJson("election", election, record, { revision: { N: String(revision) } });
  }

  override get trail(): ElectionChange[] {
    const changes = [...this.#items.values()].filter(({ kind }) => kind?.S === `change#${id}`);
    const sorted = changes.sort((a, b) => Number(a.id?.S) - Number(b.id?.S));
    return sorted.map(({ record }) => JSON.parse(record?.S ?? "null") as ElectionChange);
  }

  override setTrail(changes: ReadonlyMap<number, object>, election = id): void {
    const kind = `change#${election}`;
    for (const [key, item] of this.#items) if (item.kind?.S === kind) this.#items.delete(key);
    for (const [number, change] of changes) {
      this.#setJson(kind, String(number).padStart(10, "0"), change);
    }
  }

  override get certificate(): Certificate {
    return this.#json("certificate", id) as Certificate;
  }

  override setCertificate(certificate: object | undefined): void {
    this.#setJson("certificate", id, certificate);
  }
}
