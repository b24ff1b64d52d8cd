/**
 * One piece of a dedup table: open addressing with linear probing in a single typed array.
 *
 *   keys: one word a slot, 0 = empty | entries: word 2 of the tag, 4 words of ballot id, extras
 *
 * Keys stand apart from the entries, so that a long probe reads 16 slots from one cache line. A
 * key's home follows the key's size, so growing reads and writes both arrays in order.
 */
const maxLoad = 0.875;
/** Small enough that slots stay used; each entry moves five times in all. */
const growth = 1.2;

export class DedupShard {
  private table: Int32Array;
  private capacity: number;
  private limit: number;
  /** Slots per unit of key. */
  private scale: number;
  size = 0;

  /**
   * @param entryWords words behind each key: 5, or 6 to keep word 3 of the tag as well
   * @param capacity   slots at first
   */
  constructor(
    private readonly entryWords: number,
    capacity: number,
  ) {
    this.table = new Int32Array(capacity * (entryWords + 1));
    this.capacity = capacity;
    this.limit = Math.floor(capacity * maxLoad);
    this.scale = capacity / 0x1_0000_0000;
  }

  get bytes(): number {
    return this.table.byteLength;
  }

  /**
   * @param pair look for tag and ballot id, not for the tag alone
   * @returns where the entry starts in `table`; or the complement of the empty slot's number
   */
  locate(key: number, words: Int32Array, at: number, pair: boolean): number {
    const table = this.table;
    const capacity = this.capacity;
    let slot = Math.trunc((key >>> 0) * this.scale);
    for (let stored = table[slot]; stored !== 0; stored = table[slot]) {
      if (stored === key) {
        const entry = capacity + slot * this.entryWords;
        if (table[entry] === words[at + 2] && (!pair || this.holdsBallot(entry, words, at))) {
          return entry;
        }
      }
      if (++slot === capacity) slot = 0;
    }
    return ~slot;
  }

  /** Whether the entry found by `locate` has this ballot's id. */
  holdsBallot(entry: number, words: Int32Array, at: number): boolean {
    const table = this.table;
    return (
      table[entry + 1] === words[at + 4] &&
      table[entry + 2] === words[at + 5] &&
      table[entry + 3] === words[at + 6] &&
      table[entry + 4] === words[at + 7]
    );
  }

  /**
   * @param slot   the empty slot that `locate` named just before
   * @param spread kept if the entries have room for it
   */
  insert(slot: number, key: number, spread: number, words: Int32Array, at: number): void {
    let free = slot;
    if (this.size >= this.limit) {
      this.grow();
      free = this.freeSlot(key);
    }
    const table = this.table;
    const entry = this.capacity + free * this.entryWords;
    table[free] = key;
    table[entry] = words[at + 2];
    table[entry + 1] = words[at + 4];
    table[entry + 2] = words[at + 5];
    table[entry + 3] = words[at + 6];
    table[entry + 4] = words[at + 7];
    if (this.entryWords > 5) table[entry + 5] = spread;
    this.size++;
  }

  /** Copies an entry of another shard, which it is known not to have yet. */
  adopt(key: number, from: Int32Array, entry: number): void {
    if (this.size >= this.limit) this.grow();
    this.place(key, from, entry);
    this.size++;
  }

  /** Visits each key with the array and the place of its entry. */
  forEach(visit: (key: number, table: Int32Array, entry: number) => void): void {
    for (let slot = 0; slot < this.capacity; slot++) {
      const key = this.table[slot];
      if (key !== 0) visit(key, this.table, this.capacity + slot * this.entryWords);
    }
  }

  private place(key: number, from: Int32Array, entry: number): void {
    const free = this.freeSlot(key);
    const start = this.capacity + free * this.entryWords;
    this.table[free] = key;
    for (let word = 0; word < this.entryWords; word++)
      this.table[start + word] = from[entry + word];
  }

  private freeSlot(key: number): number {
    const table = this.table;
    let slot = Math.trunc((key >>> 0) * this.scale);
    while (table[slot] !== 0) {
      if (++slot === this.capacity) slot = 0;
    }
    return slot;
  }

  private grow(): void {
    const old = this.table;
    const oldCapacity = this.capacity;
    this.capacity = Math.ceil(oldCapacity * growth);
    this.limit = Math.floor(this.capacity * maxLoad);
    this.scale = this.capacity / 0x1_0000_0000;
    this.table = new Int32Array(this.capacity * (this.entryWords + 1));
    for (let slot = 0; slot < oldCapacity; slot++) {
      const key = old[slot];
      if (key !== 0) this.place(key, old, oldCapacity + slot * this.entryWords);
    }
  }
}
