import type { Ledger, SegmentPlace } from "../../src/runtime/ledger/port.js";

/** A real ledger whose appends can be made to fail, before or after they took effect. */
export class FaultyLedger implements Ledger {
  readonly #ledger: Ledger;
  /** Runs before each append reaches the ledger; a throw keeps it from getting there. */
  beforeAppend: (place: SegmentPlace) => Promise<void> = async () => undefined;
  /** Runs after each append took effect; a throw loses the answer. */
  afterAppend: (place: SegmentPlace) => Promise<void> = async () => undefined;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  async append(place: SegmentPlace, segment: Uint8Array): Promise<"appended" | "exists"> {
    await this.beforeAppend(place);
    const outcome = await this.#ledger.append(place, segment);
    await this.afterAppend(place);
    return outcome;
  }

  get(place: SegmentPlace): Promise<Uint8Array | undefined> {
    return this.#ledger.get(place);
  }

  last(election: string, partition: number): Promise<Uint8Array | undefined> {
    return this.#ledger.last(election, partition);
  }

  partitions(election: string): Promise<number[]> {
    return this.#ledger.partitions(election);
  }

  read(election: string, partition: number, from: number): AsyncIterable<Uint8Array> {
    return this.#ledger.read(election, partition, from);
  }
}

/** The ledger with some of its methods replaced. */
export function ledgerWith(ledger: Ledger, changes: Partial<Ledger>): Ledger {
  return {
    append: (...what) => ledger.append(...what),
    get: (...where) => ledger.get(...where),
    last: (...where) => ledger.last(...where),
    read: (...where) => ledger.read(...where),
    partitions: (election) => ledger.partitions(election),
    ...changes,
  };
}
