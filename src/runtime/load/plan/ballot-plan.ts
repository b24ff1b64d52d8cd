/**
 * What each ballot of a stream is. Everything about it follows from (seed, stream, index). The
 * ballot id is the index under AES, a bijection: the reconciliation turns an id back into its
 * index, and detects an invented id, because 96 of the 128 bits must decrypt to zero. The id's own
 * bits decide the ballot's choice, and whether it is a second vote, forged or followed by a retry,
 * so that no other randomness is needed.
 */
import { createCipheriv, createDecipheriv, hash } from "node:crypto";
import type { Election } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import type { BallotScenario } from "../scenario/scenario.js";

type Cipher = ReturnType<typeof createCipheriv>;
type Decipher = ReturnType<typeof createDecipheriv>;

export interface PlanOptions {
  readonly seed: number;
  readonly stream: string;
  /** Ballots in the whole stream, without retries. At most 2^32. */
  readonly total: number;
  /** By candidate index; they may have any sum. */
  readonly weights: readonly number[];
  /** The share of ballots that are another vote of an earlier voter, 0 to 0.9. */
  readonly secondVoteShare: number;
  /** Retries of earlier ballots, as a share of all ballots, 0 to 0.9. */
  readonly retryShare: number;
  /** The least distance, in ballots, between a ballot and its second vote or retry. */
  readonly minLag: number;
  /** The share of ballots that must be refused, 0 to 1. */
  readonly forgedShare?: number;
  /** So many voters send all ballots, in turns, and `secondVoteShare` is not used. Default: 0. */
  readonly bots?: number;
  /** The distance is up to this much longer. */
  readonly lagSpread: number;
}

/** A block is 16 bytes, four words: the index in the first, zeros in the others. */
export const blockWords = 4;
const choiceSteps = 65_536;
/** The half of the word that does not decide the choice decides whether the ballot is forged. */
const forgedSteps = 65_536;

/** The ballots of one stream, by index. */
export class BallotPlan {
  readonly total: number;
  readonly candidates: number;
  readonly #ids: Cipher;
  readonly #tags: Cipher;
  readonly #indexes: Decipher;
  readonly #voters: Decipher;
  readonly #choices: Uint8Array;
  readonly #secondLimit: number;
  readonly #retryLimit: number;
  readonly #minLag: number;
  readonly #lagSpread: number;
  readonly #forgedLimit: number;
  readonly #bots: number;

  constructor(options: PlanOptions) {
    const { seed, stream, total, minLag } = options;
    const idKey = keyOf(seed, stream, "ballot-id");
    const tagKey = keyOf(seed, stream, "voter-tag");
    this.#ids = createCipheriv("aes-128-ecb", idKey, null).setAutoPadding(false);
    this.#tags = createCipheriv("aes-128-ecb", tagKey, null).setAutoPadding(false);
    this.#indexes = createDecipheriv("aes-128-ecb", idKey, null).setAutoPadding(false);
    this.#voters = createDecipheriv("aes-128-ecb", tagKey, null).setAutoPadding(false);
    this.#choices = choiceTable(options.weights);
    this.candidates = options.weights.length;
    this.total = total;
    this.#forgedLimit = Math.round((options.forgedShare ?? 0) * forgedSteps);
    this.#bots = options.bots ?? 0;
    this.#minLag = Math.max(1, minLag);
    this.#lagSpread = Math.max(1, options.lagSpread);
    // The first `minLag` ballots have no predecessor; the others make up for them.
    const scale = total > this.#minLag ? total / (total - this.#minLag) : 0;
    this.#secondLimit = drawLimit(options.secondVoteShare * scale);
    this.#retryLimit = drawLimit(options.retryShare * scale);
  }

  /** The ballot ids of blocks of indexes, as words. */
  idsOf(indexes: Int32Array): Int32Array {
    return transform(this.#ids, indexes);
  }

  /** The voter tags of blocks of voters, as words. A voter is the index of its first ballot. */
  tagsOf(voters: Int32Array): Int32Array {
    return transform(this.#tags, voters);
  }

  /** The inverse of `idsOf`; check each block with `isIndexBlock`. */
  indexesOf(ids: Int32Array): Int32Array {
    return transform(this.#indexes, ids);
  }

  /** The inverse of `tagsOf`. */
  votersOf(tags: Int32Array): Int32Array {
    return transform(this.#voters, tags);
  }

  /** One ballot's id, as bytes. */
  idOf(index: number): Buffer {
    const words = this.idsOf(Int32Array.of(index, 0, 0, 0));
    return Buffer.from(words.buffer, words.byteOffset, 16);
  }

  /** The candidate index of the ballot whose id is at this place. */
  choiceAt(ids: Int32Array, at: number): number {
    return this.#choices[ids[at + 3] >>> 16];
  }

  /** Whether the ballot is sent so that it must be refused. It is then no second vote. */
  drawsForged(ids: Int32Array, at: number): boolean {
    return (ids[at + 3] & (forgedSteps - 1)) < this.#forgedLimit;
  }

  /** A whole number that decides how the ballot is forged. */
  forgeryDraw(ids: Int32Array, at: number): number {
    return ids[at] >>> 0;
  }

  /** Whether the ballot is another vote of an earlier voter. */
  drawsSecondVote(index: number, ids: Int32Array, at: number): boolean {
    const draws =
      this.#bots > 0
        ? index >= this.#bots
        : index >= this.#minLag && ids[at + 2] >>> 0 < this.#secondLimit;
    return draws && !this.drawsForged(ids, at);
  }

  /** Whether an earlier ballot is sent again beside this one. */
  drawsRetry(index: number, ids: Int32Array, at: number): boolean {
    const draws = index >= this.#minLag && ids[at] >>> 0 < this.#retryLimit;
    return draws && !this.drawsForged(ids, at);
  }

  /** The ballot whose voter votes again; the caller searches down from it for a first vote. */
  secondVoteOf(index: number, ids: Int32Array, at: number): number {
    return this.#bots > 0 ? index % this.#bots : this.#earlier(index, ids[at + 1]);
  }

  /** The earlier ballot that is sent again. */
  retryOf(index: number, ids: Int32Array, at: number): number {
    return this.#earlier(index, Math.imul(ids[at + 1] ^ ids[at + 2], 0x9e3779b1));
  }

  #earlier(index: number, draw: number): number {
    const spread = Math.min(this.#lagSpread, index - this.#minLag + 1);
    return index - this.#minLag - Math.floor(((draw >>> 0) / 0x1_0000_0000) * spread);
  }
}

/**
 * How often each of the election's candidates is chosen. Where the scenario names none, the weights
 * fall from the first candidate to the last, so that the result looks like a real one.
 *
 * @throws VoteError `invalid-scenario` for a candidate that the election does not have
 */
export function weightsFor(election: Election, scenario: BallotScenario): number[] {
  const { candidates } = election;
  if (scenario.candidates === undefined) return candidates.map((_, index) => 1 / (index + 2));
  const weights = new Map(scenario.candidates.map(({ id, weight }) => [id, weight]));
  const ids = candidates.map(({ id }) => id);
  const unknown = [...weights.keys()].find((id) => !ids.includes(id));
  if (unknown !== undefined) {
    throw new VoteError(
      "invalid-scenario",
      `${scenario.name}: candidates: election ${election.id} has no candidate ${unknown}.`,
      { hint: `Allowed are ${ids.slice(0, 20).join(", ")}.` },
    );
  }
  return ids.map((id) => weights.get(id) ?? 0);
}

/** Whether a decrypted block is an index, so that a plan with this key may have made it. */
export function isIndexBlock(blocks: Int32Array, at: number): boolean {
  return (blocks[at + 1] | blocks[at + 2] | blocks[at + 3]) === 0;
}

function keyOf(seed: number, stream: string, use: string): Buffer {
  return hash("sha256", `vote-load/1\n${seed}\n${stream}\n${use}`, "buffer").subarray(0, 16);
}

function transform(cipher: Cipher | Decipher, words: Int32Array): Int32Array {
  if (words.length === 0) return words;
  const output = cipher.update(new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
  const aligned = (output.byteOffset & 3) === 0 ? output : Uint8Array.from(output);
  return new Int32Array(aligned.buffer, aligned.byteOffset, words.length);
}

function drawLimit(share: number): number {
  return Math.round(Math.min(1, Math.max(0, share)) * 0x1_0000_0000);
}

/** Choices by a 16-bit number: one look-up for each ballot, exact to 1/65,536. */
function choiceTable(weights: readonly number[]): Uint8Array {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const table = new Uint8Array(choiceSteps);
  let from = 0;
  let cumulative = 0;
  weights.forEach((weight, choice) => {
    cumulative += weight;
    const to = Math.round((cumulative / sum) * choiceSteps);
    table.fill(choice, from, to);
    from = to;
  });
  return table;
}
