import { DedupShard } from "./dedup-shard.js";
import { hashFourWords } from "./keyed-hash.js";

/** Answers of `DedupTable.add` and `find`. */
export const unseen = 0;
export const sameBallot = 1;
export const otherBallot = 2;

const smallShards = 2;
const wideShards = 2_048;
/** When two shards become many; until then they keep word 3 of each tag. */
const smallEntries = 16_384;
const smallCapacity = 16;
/** Slots that a wide shard starts with, times 1 to 1.3, so that shards do not grow all at once. */
const wideCapacity = 12;
const wideSpread = 1.3;

/**
 * Which ballot of each voter was decided: voter tag to ballot id, exact in the ballot id, at 30
 * bytes a voter at any size. It grows in many small shards, each alone, so that no add waits long.
 *
 * An instance serves either `add` and `find`, one ballot a voter, or `addBallot` and `hasBallot`,
 * any number of ballots a voter. Words are a ballot's ten 32-bit words (core/ballot.ts).
 *
 * Of a tag it compares words 1 and 2 and, in the choice of the shard, 10 bits of word 3. Tags are
 * HMAC outputs that no client chooses, so the chance that any two of 5 million voters of a
 * partition are taken for one is (5e6)^2 / 2 / 2^74 = 7e-10; the recount compares whole tags.
 * Ballot ids are the clients' choice and could be made to collide: they are compared whole.
 */
export class DedupTable {
  private shards = Array.from({ length: smallShards }, () => new DedupShard(6, smallCapacity));
  private mask = smallShards - 1;
  private entries = 0;

  get size(): number {
    return this.entries;
  }

  /** Bytes of all typed arrays. */
  get bytes(): number {
    return this.shards.reduce((sum, shard) => sum + shard.bytes, 0);
  }

  /** Inserts the voter if unseen. */
  add(words: Int32Array, at: number): number {
    const tag = words[at + 1];
    const shard = this.shardOf(tag, words[at + 3]);
    const entry = shard.locate(tag | 1, words, at, false);
    if (entry >= 0) return shard.holdsBallot(entry, words, at) ? sameBallot : otherBallot;
    shard.insert(~entry, tag | 1, words[at + 3], words, at);
    this.counted();
    return unseen;
  }

  /** As `add`, without inserting. */
  find(words: Int32Array, at: number): number {
    const tag = words[at + 1];
    const shard = this.shardOf(tag, words[at + 3]);
    const entry = shard.locate(tag | 1, words, at, false);
    if (entry < 0) return unseen;
    return shard.holdsBallot(entry, words, at) ? sameBallot : otherBallot;
  }

  /** @returns true if this voter's ballot was not there and is now */
  addBallot(words: Int32Array, at: number): boolean {
    const mix = mixOf(words, at);
    const key = words[at + 1] ^ mix;
    const spread = words[at + 3] ^ (mix >>> 5);
    const shard = this.shardOf(key, spread);
    const entry = shard.locate(key | 1, words, at, true);
    if (entry >= 0) return false;
    shard.insert(~entry, key | 1, spread, words, at);
    this.counted();
    return true;
  }

  /** As `addBallot`, without inserting: true if it is there. */
  hasBallot(words: Int32Array, at: number): boolean {
    const mix = mixOf(words, at);
    const key = words[at + 1] ^ mix;
    return this.shardOf(key, words[at + 3] ^ (mix >>> 5)).locate(key | 1, words, at, true) >= 0;
  }

  /** The key's lowest bit chooses as well, because `key | 1` loses it to keep 0 for empty. */
  private shardOf(key: number, spread: number): DedupShard {
    return this.shards[((spread << 1) | (key & 1)) & this.mask];
  }

  private counted(): void {
    this.entries++;
    if (this.entries === smallEntries) this.widen();
  }

  private widen(): void {
    const small = this.shards;
    this.mask = wideShards - 1;
    this.shards = Array.from({ length: wideShards }, (_, index) => {
      const stagger = wideSpread ** (index / wideShards);
      return new DedupShard(5, Math.round(wideCapacity * stagger));
    });
    small.forEach((shard, lowBit) => {
      shard.forEach((key, table, entry) => {
        this.shards[((table[entry + 5] << 1) | lowBit) & this.mask].adopt(key, table, entry);
      });
    });
  }
}

/**
 * A voter may send any number of ballots with ids of his choice: hashed under his tag, which he
 * does not know, they spread over shards and slots like any others.
 */
function mixOf(words: Int32Array, at: number): number {
  return hashFourWords(words[at], words[at + 2], words, at + 4);
}
