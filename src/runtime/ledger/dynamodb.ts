import { VoteError } from "../core/errors.js";
import { maxPartitions } from "../core/limits.js";
import { type Items, itemBytes, type Page, type StoredItem } from "../dynamodb/items.js";
import type { Ledger, SegmentPlace } from "./port.js";

/** Attribute names need aliases: several are reserved words in DynamoDB's expressions. */
const names = { "#chain": "chain" };
const rangeNames = { ...names, "#sequence": "sequence" };
const fromSequence = "#chain = :chain AND #sequence >= :from";

/** DynamoDB's own bound. */
const soughtAtOnce = 100;
const pageBytes = 1_024 * 1_024;
/** Before anything is known of a chain's segments. */
const firstPageItems = 4;

const chainOf = (election: string, partition: number) => `${election}#${partition}`;

/**
 * The ledger as items: partition key `chain` ("ELECTION#PARTITION"), sort key `sequence`, and the
 * segment's bytes in `segment`. Inserted only.
 */
export class DynamoLedger implements Ledger {
  readonly #items: Items;
  readonly #table: string;
  /** The greatest sequence known to exist, by chain. */
  readonly #ends = new Map<string, number>();

  constructor(items: Items, table: string) {
    this.#items = items;
    this.#table = table;
  }

  async append(place: SegmentPlace, segment: Uint8Array): Promise<"appended" | "exists"> {
    await this.#refuseGap(place);
    const outcome = await this.#items.put({
      table: this.#table,
      item: { ...keyOf(place), segment: { B: segment } },
      condition: "attribute_not_exists(#chain)",
      names,
    });
    this.#stands(place.election, place.partition, place.sequence);
    // If an earlier attempt of ours, whose answer was lost, is what exists, the tally sees that by
    // the bytes.
    return outcome === "done" ? "appended" : "exists";
  }

  /**
   * Reads at most once for a chain that this process has neither read nor written: a condition on
   * the previous segment within the insert would need a transaction, at twice the price.
   */
  async #refuseGap(place: SegmentPlace): Promise<void> {
    const { election, partition, sequence } = place;
    const known = this.#ends.get(chainOf(election, partition)) ?? -1;
    if (sequence <= known + 1) return;
    const before = { election, partition, sequence: sequence - 1 };
    const item = await this.#items.get({
      table: this.#table,
      key: keyOf(before),
      attribute: "sequence",
    });
    if (item === undefined) {
      const where = `${election}/${partition}`;
      throw new VoteError("internal-error", `Segment ${sequence} of ${where} would leave a gap.`);
    }
  }

  #stands(election: string, partition: number, sequence: number): void {
    const chain = chainOf(election, partition);
    if (sequence > (this.#ends.get(chain) ?? -1)) this.#ends.set(chain, sequence);
  }

  async get(place: SegmentPlace): Promise<Uint8Array | undefined> {
    const key = keyOf(place);
    const item = await this.#items.get({ table: this.#table, key, attribute: "segment" });
    return item && bytesOf(item);
  }

  async last(election: string, partition: number): Promise<Uint8Array | undefined> {
    const { items } = await this.#items.query({
      table: this.#table,
      condition: "#chain = :chain",
      names,
      values: { ":chain": { S: chainOf(election, partition) } },
      attributes: ["segment"],
      backwards: true,
      limit: 1,
    });
    return items.length === 0 ? undefined : bytesOf(items[0]);
  }

  /** Partition keys cannot be listed, so the first segment of each that there can be is sought. */
  async partitions(election: string): Promise<number[]> {
    const all = Array.from({ length: maxPartitions }, (_, partition) => partition);
    const found = new Set<string | undefined>();
    for (let from = 0; from < maxPartitions; from += soughtAtOnce) {
      const items = await this.#items.getMany({
        table: this.#table,
        keys: all
          .slice(from, from + soughtAtOnce)
          .map((partition) => keyOf({ election, partition, sequence: 0 })),
        attribute: "chain",
      });
      for (const { chain } of items) found.add(chain?.S);
    }
    return all.filter((partition) => found.has(chainOf(election, partition)));
  }

  async *read(election: string, partition: number, from: number): AsyncIterable<Uint8Array> {
    let page: Promise<Page> | undefined = this.#page(election, partition, from, firstPageItems);
    for (let sequence = from; page !== undefined; ) {
      const { items, next }: Page = await page;
      page = next && this.#page(election, partition, from, itemsPerPage(items), next);
      // A reader that stops early does not wait for the next page, nor see its failure.
      page?.catch(() => undefined);
      for (const item of items) {
        this.#stands(election, partition, sequence++);
        yield bytesOf(item);
      }
    }
  }

  #page(
    election: string,
    partition: number,
    from: number,
    limit: number,
    start?: StoredItem,
  ): Promise<Page> {
    return this.#items.query({
      table: this.#table,
      condition: fromSequence,
      names: rangeNames,
      values: { ":chain": { S: chainOf(election, partition) }, ":from": { N: String(from) } },
      attributes: ["segment"],
      limit,
      ...(start === undefined ? {} : { start }),
    });
  }
}

/**
 * As many items as fill DynamoDB's page of 1 MiB, if they are as large as these on average. The
 * real one would stop there anyway; DynamoDB Local reads the whole rest of the chain for each page
 * unless told how many items to read.
 */
function itemsPerPage(items: readonly StoredItem[]): number {
  const bytes = items.reduce((sum, item) => sum + itemBytes(item), 0);
  return bytes === 0 ? firstPageItems : 1 + Math.ceil((pageBytes * items.length) / bytes);
}

const keyOf = ({ election, partition, sequence }: SegmentPlace) => ({
  chain: { S: chainOf(election, partition) },
  sequence: { N: String(sequence) },
});

function bytesOf(item: StoredItem): Uint8Array {
  const bytes = item.segment?.B;
  if (bytes === undefined) {
    throw new VoteError("corrupt-segment", "An item of the ledger's table holds no segment.");
  }
  return bytes;
}
