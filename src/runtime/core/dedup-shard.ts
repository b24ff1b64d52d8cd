/**
 * One piece of a dedup table: open addressing with linear probing in a single typed array.
 *
 *   keys: one word a slot, 0 = empty | entries: word 2 of the tag, 4 words of ballot id, extras
 *
 * Keys stand apart from the entries, so that a long probe reads 16 slots from one cache line. A
 * key's home follows the key's size, so growing reads and writes both arrays in order.
 */
const maxLoad = 0.9;
/** Small enough that slots stay used, 79 in 100 on average; an entry moves 3.3 times in all. */
const growth = 1.3;

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
    let slot = ((key >>> 0) * this.scale) | 0;
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
    let slot = ((key >>> 0) * this.scale) | 0;
    while (table[slot] !== 0) {
      if (++slot === this.capacity) slot = 0;
    }
    return slot;
  }

  private grow(): void {
    const old = this.table;
    const oldCapacity = this.capacity;
    const { entryWords } = this;
    const capacity = Math.ceil(oldCapacity * growth);
    const scale = capacity / 0x1_0000_0000;
    const table = new Int32Array(capacity * (entryWords + 1));
    for (let slot = 0, from = oldCapacity; slot < oldCapacity; slot++, from += entryWords) {
      const key = old[slot];
      if (key === 0) continue;
      let free = ((key >>> 0) * scale) | 0;
      while (table[free] !== 0) if (++free === capacity) free = 0;
      const to = capacity + free * entryWords;
      table[free] = key;
      table[to] = old[from];
      table[to + 1] = old[from + 1];
      table[to + 2] = old[from + 2];
      table[to + 3] = old[from + 3];
      table[to + 4] = old[from + 4];
      if (entryWords > 5) table[to + 5] = old[from + 5];
    }
    this.table = table;
    this.capacity = capacity;
    this.limit = Math.floor(capacity * maxLoad);
    this.scale = scale;
  }
}
