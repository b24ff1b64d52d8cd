import { ballotWords } from "../formats/ballot.js";
import { emptyIndex, grown, growth, homeOf, place, roomOf } from "./dedup-index.js";

/** A table as it was at one moment, in plain arrays: all that it takes to make it again. */
export interface FrozenTable {
  readonly entries: number;
  readonly arrays: readonly Int32Array[];
}

/** Answers of `DedupTable.add` and `find`. */
export const unseen = 0;
export const sameBallot = 1;
export const otherBallot = 2;

/** Word 2 of the tag and the ballot id. Word 1 is the key, word 3 chooses the shard. */
const entryWords = 5;
/** 4,096 entries, 80 KB: small beside 100,000 voters. */
const chunkShift = 12;
const chunkEntries = 1 << chunkShift;
const firstEntries = 16;

const shards = 2_048;
/** Up to this many entries one shard is enough, so that an empty table costs little. */
const entriesBeforeShards = 16_384;
/** Slots of a new shard, times 1 to `growth`, so that the shards do not all grow at once. */
const shardSlots = 12;

/**
 * Maps each voter tag to the ballot id that was decided, at about 30 bytes a voter at any size.
 * Entries lie in the order of their arrival and never move. Their index is split into small
 * shards that grow one by one, so that no `add` takes long.
 *
 * Use an instance either with `add` and `find`, for one ballot a voter, or with `addBallot` and
 * `hasBallot`, for a few: all of them share one home in the index. `words` are ballots of ten
 * 32-bit words (formats/ballot.ts).
 *
 * The table compares words 1 and 2 of a tag and, by its choice of shard, 11 bits of word 3. Tags
 * are HMAC outputs that no client chooses: the chance that any two of a partition's 5 million
 * voters are taken for one is (5e6)^2 / 2 / 2^75 = 3e-10. The recount compares whole tags.
 * Clients choose ballot ids and could make them collide, so those are compared whole.
 */
export class DedupTable {
  private indexes: Int32Array[] = [emptyIndex(firstEntries)];
  /** How many more keys each index takes. */
  private room: Int32Array = Int32Array.of(roomOf(this.indexes[0]));
  private chunks: Int32Array[] = [new Int32Array(firstEntries * entryWords)];
  /** The word that will choose each entry's shard, kept until there are shards. */
  private spreads: Int32Array = new Int32Array(firstEntries);
  private mask = 0;
  /** A voter's other ballots, as the last `locateBallot` has met them. */
  private others = 0;
  /** Which shards a frozen table holds too: each is copied before it is written to. */
  private frozen = new Uint8Array(1);
  /** Keeps the compiler from dropping the reads of `prefetch`. */
  protected touched = 0;
  /** Entry 0 stays empty: its number marks an empty slot. */
  private nextEntry = 1;
  private allocated =
    bytesOf(this.indexes) + bytesOf(this.chunks) + bytesOf([this.room, this.spreads]);

  /**
   * Makes the table that was frozen.
   *
   * @throws RangeError if arrays of such lengths are no table
   */
  static from({ entries, arrays }: FrozenTable): DedupTable {
    const [room = new Int32Array(0), spreads, ...rest] = arrays;
    const indexes = rest.slice(0, room.length);
    const chunks = rest.slice(room.length);
    const holdsAll = bytesOf(chunks) >= (entries + 1) * entryWords * 4;
    const small = indexes.length === 1 && spreads.length > entries;
    if (!holdsAll || !(small || indexes.length === shards)) throw new RangeError("no dedup table");
    const table = new DedupTable();
    table.room = room;
    table.spreads = spreads;
    table.indexes = indexes;
    table.chunks = chunks;
    table.mask = indexes.length - 1;
    table.frozen = new Uint8Array(indexes.length);
    table.nextEntry = entries + 1;
    table.allocated = bytesOf(arrays);
    return table;
  }

  /**
   * Gives the table as it is now, at once and almost without copying: arrays that are written to
   * afterwards are copied before, until `thaw`.
   */
  freeze(): FrozenTable {
    this.frozen.fill(1);
    // Entries are only ever added, to the last chunk.
    const chunks = [...this.chunks.slice(0, -1), this.chunks[this.chunks.length - 1].slice()];
    const arrays = [this.room.slice(), this.spreads.slice(), ...this.indexes, ...chunks];
    return { entries: this.size, arrays };
  }

  /** Says that what was frozen is needed no more. */
  thaw(): void {
    this.frozen.fill(0);
  }

  get size(): number {
    return this.nextEntry - 1;
  }

  /** Bytes of all typed arrays. */
  get bytes(): number {
    return this.allocated;
  }

  /**
   * Reads the home of each of the next `ballots` voters and changes nothing. `add` mostly waits
   * for memory; reading all homes first lets those loads overlap and makes the adds a quarter
   * faster.
   */
  prefetch(words: Int32Array, from: number, ballots: number): void {
    const end = from + ballots * ballotWords;
    let touched = 0;
    for (let at = from; at < end; at += ballotWords) {
      const index = this.indexes[words[at + 3] & this.mask];
      touched ^= index[homeOf(words[at + 1], index)];
    }
    this.touched = touched;
  }

  /** Inserts the voter if unseen; answers `unseen`, `sameBallot` or `otherBallot`. */
  add(words: Int32Array, at: number): number {
    const slot = this.locate(words, at);
    if (slot >= 0) return this.holdsBallot(slot, words, at) ? sameBallot : otherBallot;
    this.insert(~slot, words, at);
    return unseen;
  }

  /** Answers as `add` does, without inserting. */
  find(words: Int32Array, at: number): number {
    const slot = this.locate(words, at);
    if (slot < 0) return unseen;
    return this.holdsBallot(slot, words, at) ? sameBallot : otherBallot;
  }

  /**
   * Inserts the ballot, unless the table holds it or `most` others of its voter.
   *
   * @returns `unseen` if it is inserted, `sameBallot` or `otherBallot`
   */
  addBallot(words: Int32Array, at: number, most: number): number {
    const slot = this.locateBallot(words, at);
    if (slot >= 0) return sameBallot;
    if (this.others >= most) return otherBallot;
    this.insert(~slot, words, at);
    return unseen;
  }

  /** Says whether the table holds the ballot, for a table filled by `addBallot`. */
  hasBallot(words: Int32Array, at: number): boolean {
    return this.locateBallot(words, at) >= 0;
  }

  /** @returns the voter's slot in the shard's index, or the complement of the empty one for it */
  private locate(words: Int32Array, at: number): number {
    const key = words[at + 1];
    const index = this.indexes[words[at + 3] & this.mask];
    let slot = homeOf(key, index);
    for (let entry = index[slot + 1]; entry !== 0; entry = index[slot + 1]) {
      if (index[slot] === key) {
        const chunk = this.chunks[entry >>> chunkShift];
        if (chunk[(entry & (chunkEntries - 1)) * entryWords] === words[at + 2]) return slot;
      }
      slot += 2;
      if (slot === index.length) slot = 0;
    }
    return ~slot;
  }

  /** As `locate`, for one ballot of a voter; counts the `others` that it passes on the way. */
  private locateBallot(words: Int32Array, at: number): number {
    const key = words[at + 1];
    const index = this.indexes[words[at + 3] & this.mask];
    let slot = homeOf(key, index);
    this.others = 0;
    for (let entry = index[slot + 1]; entry !== 0; entry = index[slot + 1]) {
      if (index[slot] === key) {
        const chunk = this.chunks[entry >>> chunkShift];
        const from = (entry & (chunkEntries - 1)) * entryWords;
        if (chunk[from] === words[at + 2]) {
          if (sameId(chunk, from, words, at)) return slot;
          this.others++;
        }
      }
      slot += 2;
      if (slot === index.length) slot = 0;
    }
    return ~slot;
  }

  private holdsBallot(slot: number, words: Int32Array, at: number): boolean {
    const entry = this.indexes[words[at + 3] & this.mask][slot + 1];
    const chunk = this.chunks[entry >>> chunkShift];
    return sameId(chunk, (entry & (chunkEntries - 1)) * entryWords, words, at);
  }

  private insert(slot: number, words: Int32Array, at: number): void {
    const key = words[at + 1];
    const spread = words[at + 3];
    const entry = this.append(words, at);
    const shard = spread & this.mask;
    if (this.mask === 0) this.spreads[entry] = spread;
    if (this.room[shard] > 0) {
      if (this.frozen[shard] !== 0) this.unshare(shard);
      this.indexes[shard][slot] = key;
      this.indexes[shard][slot + 1] = entry;
    } else {
      this.growIndex(shard);
      place(this.indexes[shard], key, entry);
    }
    this.room[shard]--;
    if (this.nextEntry === entriesBeforeShards) this.split();
  }

  private append(words: Int32Array, at: number): number {
    const entry = this.nextEntry++;
    const from = (entry & (chunkEntries - 1)) * entryWords;
    let chunk = this.chunks[entry >>> chunkShift];
    if (chunk === undefined || from === chunk.length) chunk = this.growEntries(entry);
    chunk[from] = words[at + 2];
    chunk[from + 1] = words[at + 4];
    chunk[from + 2] = words[at + 5];
    chunk[from + 3] = words[at + 6];
    chunk[from + 4] = words[at + 7];
    return entry;
  }

  /** Doubles a small table's only chunk; a large table gets another chunk. */
  private growEntries(entry: number): Int32Array {
    if (this.mask === 0 && entry === this.spreads.length) {
      this.allocated += this.spreads.byteLength;
      this.spreads = doubled(this.spreads);
    }
    const last = this.chunks.length - 1;
    const number = entry >>> chunkShift;
    const chunk =
      number > last ? new Int32Array(chunkEntries * entryWords) : doubled(this.chunks[last]);
    this.chunks[number] = chunk;
    this.allocated += number > last ? chunk.byteLength : chunk.byteLength / 2;
    return chunk;
  }

  private unshare(shard: number): void {
    this.indexes[shard] = this.indexes[shard].slice();
    this.frozen[shard] = 0;
  }

  private growIndex(shard: number): void {
    const old = this.indexes[shard];
    this.frozen[shard] = 0;
    const larger = grown(old);
    this.indexes[shard] = larger;
    this.room[shard] = roomOf(larger) - roomOf(old);
    this.allocated += larger.byteLength - old.byteLength;
  }

  /** Splits the one shard into many: each key moves to the shard that its spread chooses. */
  private split(): void {
    const [small] = this.indexes;
    const smallRoom = this.room;
    this.mask = shards - 1;
    this.frozen = new Uint8Array(shards);
    this.indexes = Array.from({ length: shards }, (_, shard) =>
      emptyIndex(Math.round(shardSlots * growth ** (shard / shards))),
    );
    this.room = Int32Array.from(this.indexes, roomOf);
    this.allocated += bytesOf(this.indexes) + bytesOf([this.room]);
    for (let slot = 0; slot < small.length; slot += 2) {
      const entry = small[slot + 1];
      if (entry === 0) continue;
      const shard = this.spreads[entry] & this.mask;
      if (this.room[shard] === 0) this.growIndex(shard);
      place(this.indexes[shard], small[slot], entry);
      this.room[shard]--;
    }
    this.allocated -= bytesOf([small, smallRoom, this.spreads]);
    this.spreads = new Int32Array(0);
  }
}

function bytesOf(arrays: readonly Int32Array[]): number {
  return arrays.reduce((sum, array) => sum + array.byteLength, 0);
}

function doubled(words: Int32Array): Int32Array {
  const larger = new Int32Array(words.length * 2);
  larger.set(words);
  return larger;
}

function sameId(chunk: Int32Array, from: number, words: Int32Array, at: number): boolean {
  return (
    chunk[from + 1] === words[at + 4] &&
    chunk[from + 2] === words[at + 5] &&
    chunk[from + 3] === words[at + 6] &&
    chunk[from + 4] === words[at + 7]
  );
}
