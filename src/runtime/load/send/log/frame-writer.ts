import { ballotBytes, ballotWords } from "../../../core/formats/ballot.js";
import {
  allocateFrame,
  ballotsFrame,
  type FrameHeader,
  frameHeaderBytes,
  sealFrame,
} from "../../../core/formats/frame.js";
import { maxBallotsPerFrame } from "../../../core/limits.js";
import { partitionOf } from "../../../core/voter/partition.js";
import type { OutgoingFrame } from "../../../log/port.js";
import type { Account } from "../../measure/account.js";
import { blockWords } from "../../plan/ballot-plan.js";

/**
 * Ballots of consecutive indexes with the retries beside them: one frame for each partition, yet to
 * be signed.
 */
export interface Chunk {
  readonly from: number;
  readonly to: number;
  readonly retries: number;
  /** By candidate index. */
  readonly firstVotes: Uint32Array;
  readonly frames: readonly OutgoingFrame[];
  /** Ballots in each frame, retries included. */
  readonly ballots: readonly number[];
  readonly slab: Buffer;
}

interface FrameWriterOptions {
  readonly account: Account;
  readonly election: string;
  /** 16 bytes. */
  readonly instance: Uint8Array;
  readonly partitions: number;
  /** 16 random bytes. */
  readonly producerId: Uint8Array;
  /** 8 bytes that name the key with which the frames are to be signed. */
  readonly keyId: Uint8Array;
}

const headerWords = frameHeaderBytes / 4;

/**
 * The most ballots in a chunk: large frames, because each costs a signature, and yet no partition's
 * share outgrows one, with a retry beside every ballot and chance at its worst.
 */
export function maxChunkBallots(partitions: number): number {
  return partitions === 1 ? maxBallotsPerFrame / 2 : Math.min(16_384, 1_856 * partitions);
}

/**
 * Writes ballots straight into the frames of all partitions: two AES passes, then one pass that
 * counts each partition's ballots and one that places the words. No ballot is an object.
 */
export class FrameWriter {
  readonly #options: FrameWriterOptions;
  readonly #sequences: Float64Array;
  readonly #free: Buffer[] = [];
  #indexes = new Int32Array(0);
  #voters = new Int32Array(0);
  readonly #perPartition: Uint32Array;
  readonly #nextWord: Uint32Array;

  constructor(options: FrameWriterOptions) {
    this.#options = options;
    this.#sequences = new Float64Array(options.partitions);
    this.#perPartition = new Uint32Array(options.partitions);
    this.#nextWord = new Uint32Array(options.partitions);
  }

  /** Writes the account's next `count` ballots and counts them as sent. */
  write(count: number, receivedAt: number): Chunk {
    const { account } = this.#options;
    const from = account.sent;
    this.#reserve(count);
    for (let k = 0; k < count; k++) this.#indexes[k * blockWords] = from + k;
    const fresh = account.plan.idsOf(this.#indexes.subarray(0, count * blockWords));
    const firstVotes = new Uint32Array(account.plan.candidates);
    const retries = this.#assign(from, count, fresh, firstVotes);
    const again = account.plan.idsOf(
      this.#indexes.subarray(count * blockWords, (count + retries) * blockWords),
    );
    for (let k = 0; k < retries; k++) {
      const at = (count + k) * blockWords;
      this.#voters[at] = account.voterOf(this.#indexes[at] >>> 0, again, k * blockWords);
    }
    const tags = account.plan.tagsOf(this.#voters.subarray(0, (count + retries) * blockWords));
    account.sent += count;
    account.retriesSent += retries;
    return this.#fill(fresh, again, tags, receivedAt, {
      from,
      to: from + count,
      retries,
      firstVotes,
    });
  }

  /** Takes back the chunk's bytes, for a later chunk. */
  release(chunk: Chunk): void {
    if (this.#free.length < 64) this.#free.push(chunk.slab);
  }

  #reserve(count: number): void {
    const words = 2 * count * blockWords;
    if (this.#indexes.length >= words) return;
    this.#indexes = new Int32Array(words);
    this.#voters = new Int32Array(words);
  }

  /** Decides each ballot's voter, and lists the retries after the new ballots. */
  #assign(from: number, count: number, ids: Int32Array, firstVotes: Uint32Array): number {
    const { account } = this.#options;
    let retries = 0;
    for (let k = 0, at = 0; k < count; k++, at += blockWords) {
      const index = from + k;
      const voter = account.assignVoter(index, ids, at);
      this.#voters[at] = voter;
      if (voter === index) firstVotes[account.plan.choiceAt(ids, at)]++;
      const again = account.retryBeside(index, ids, at);
      if (again >= 0) this.#indexes[(count + retries++) * blockWords] = again;
    }
    return retries;
  }

  #fill(
    fresh: Int32Array,
    again: Int32Array,
    tags: Int32Array,
    receivedAt: number,
    chunk: Pick<Chunk, "from" | "to" | "retries" | "firstVotes">,
  ): Chunk {
    const { partitions } = this.#options;
    const total = tags.length / blockWords;
    this.#perPartition.fill(0);
    for (let at = 0; at < tags.length; at += blockWords) {
      this.#perPartition[partitionOf(tags[at], partitions)]++;
    }
    const slab = this.#slab(partitions * frameHeaderBytes + total * ballotBytes);
    const words = new Int32Array(slab.buffer, slab.byteOffset, slab.byteLength >>> 2);
    for (let partition = 0, word = 0; partition < partitions; partition++) {
      if (this.#perPartition[partition] === 0) continue;
      this.#nextWord[partition] = word + headerWords;
      word += headerWords + this.#perPartition[partition] * ballotWords;
    }
    this.#place(words, tags, fresh, 0, receivedAt);
    this.#place(words, tags, again, fresh.length, receivedAt);
    return { ...chunk, ...this.#seal(slab), slab };
  }

  #place(
    words: Int32Array,
    tags: Int32Array,
    ids: Int32Array,
    tagFrom: number,
    receivedAt: number,
  ): void {
    const { account, partitions } = this.#options;
    const low = receivedAt | 0;
    const high = Math.floor(receivedAt / 0x1_0000_0000);
    for (let at = 0, tag = tagFrom; at < ids.length; at += blockWords, tag += blockWords) {
      const partition = partitionOf(tags[tag], partitions);
      const word = this.#nextWord[partition];
      this.#nextWord[partition] = word + ballotWords;
      words[word] = tags[tag];
      words[word + 1] = tags[tag + 1];
      words[word + 2] = tags[tag + 2];
      words[word + 3] = tags[tag + 3];
      words[word + 4] = ids[at];
      words[word + 5] = ids[at + 1];
      words[word + 6] = ids[at + 2];
      words[word + 7] = ids[at + 3];
      words[word + 8] = low;
      words[word + 9] = high | (account.plan.choiceAt(ids, at) << 16);
    }
  }

  #seal(slab: Buffer): { frames: OutgoingFrame[]; ballots: number[] } {
    const { election, instance, partitions, producerId, keyId } = this.#options;
    const frames: OutgoingFrame[] = [];
    const ballots: number[] = [];
    for (let partition = 0, offset = 0; partition < partitions; partition++) {
      const count = this.#perPartition[partition];
      if (count === 0) continue;
      const header: FrameHeader = {
        kind: ballotsFrame,
        election,
        instance,
        partition,
        producerId,
        producerSequence: ++this.#sequences[partition],
        keyId,
      };
      const bytes = sealFrame(slab.subarray(offset), header, count);
      frames.push({ election, partition, bytes });
      ballots.push(count);
      offset += bytes.length;
    }
    return { frames, ballots };
  }

  #slab(bytes: number): Buffer {
    const free = this.#free.pop();
    if (free !== undefined && free.length >= bytes) return free;
    return allocateFrame(Math.ceil((bytes * 1.25) / ballotBytes));
  }
}
