import { VoteError } from "../core/errors.js";
import type { Items, Page, StoredItem } from "../dynamodb/items.js";
import type { Ledger, SegmentPlace } from "./port.js";

/** Attribute names need aliases: several are reserved words in DynamoDB's expressions. */
const names = { "#chain": "chain" };
const rangeNames = { ...names, "#sequence": "sequence" };
const fromSequence = "#chain = :chain AND #sequence >= :from";

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
      attribute: "segment",
      backwards: true,
      limit: 1,
    });
    return items.length === 0 ? undefined : bytesOf(items[0]);
  }

  async *read(election: string, partition: number, from: number): AsyncIterable<Uint8Array> {
    let page: Promise<Page> | undefined = this.#page(election, partition, from);
    for (let sequence = from; page !== undefined; ) {
      const { items, next }: Page = await page;
      page = next && this.#page(election, partition, from, next);
      // A reader that stops early does not wait for the next page, nor see its failure.
      page?.catch(() => undefined);
      for (const item of items) {
        this.#stands(election, partition, sequence++);
        yield bytesOf(item);
      }
    }
  }

  #page(election: string, partition: number, from: number, start?: StoredItem): Promise<Page> {
    return this.#items.query({
      table: this.#table,
      condition: fromSequence,
      names: rangeNames,
      values: { ":chain": { S: chainOf(election, partition) }, ":from": { N: String(from) } },
      attribute: "segment",
      ...(start === undefined ? {} : { start }),
    });
  }
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
