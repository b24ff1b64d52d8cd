import { randomFillSync } from "node:crypto";
import { idBytes, parseBallotId } from "../core/formats/ballot.js";
import { partitionOf } from "../core/voter/partition.js";
import type { VoterTagger } from "../core/voter/voter-tag.js";
import { type BallotKey, ballotKeyBytes } from "./open-frame.js";

const pooledIds = 1_024;

/**
 * Where one ballot's tag and id are put together before its partition, and so its frame, is known.
 * One serves a whole process: a draft is copied into its frame before the next is begun.
 */
export class BallotDraft {
  readonly #bytes = Buffer.allocUnsafeSlow(ballotKeyBytes);
  readonly #pool = Buffer.allocUnsafeSlow(pooledIds * idBytes);
  #unused = 0;
  /** The words of what stands in the draft. */
  readonly key: BallotKey = new Int32Array(this.#bytes.buffer);

  /** Puts the voter's tag in. @returns the partition that the voter belongs to */
  setVoter(tagger: VoterTagger, voterId: string, partitions: number): number {
    tagger.write(voterId, this.#bytes, 0);
    return partitionOf(this.key[0], partitions);
  }

  /** Puts a client's ballot id in. @returns false if it is none */
  setBallotId(text: string): boolean {
    const id = parseBallotId(text);
    if (id === undefined) return false;
    this.#bytes.set(id, idBytes);
    return true;
  }

  /** Puts a random ballot id in. @returns its text */
  setRandomBallotId(): string {
    if (this.#unused === 0) {
      randomFillSync(this.#pool);
      this.#unused = pooledIds;
    }
    const at = --this.#unused * idBytes;
    this.#pool.copy(this.#bytes, idBytes, at, at + idBytes);
    return this.#bytes.toString("hex", idBytes, 2 * idBytes);
  }
}
