import { randomFillSync } from "node:crypto";
import { VoteError } from "../../core/errors.js";
import { idBytes, readBallotId, writeBallotId } from "../../core/formats/ballot.js";
import { partitionOf } from "../../core/voter/partition.js";
import type { CachedElection } from "../election/election-cache.js";
import { type BallotKey, ballotKeyBytes } from "./open-frame.js";
import { RecentChoices } from "./recent-choices.js";

const pooledIds = 1_024;
const tagWords = idBytes / 4;

/** A ballot whose fields stand somewhere in bytes. */
export interface PlacedBallot {
  /** Where the voter's tag begins in `tags`, as four words. */
  readonly tags: Int32Array;
  readonly tagAt: number;
  /** Where the ballot id's 32 digits begin; -1 if one is to be drawn. */
  readonly ballotIdAt: number;
  readonly choice: number;
}

/** A ballot's fields as a client sent them, not checked yet. */
export interface BallotFields {
  readonly choice?: unknown;
  readonly ballotId?: unknown;
}

/**
 * One ballot, checked and encoded, before it enters its partition's frame. One draft serves the
 * whole process: the batcher copies it before the next ballot is filled in.
 */
export class BallotDraft {
  readonly #recent = new RecentChoices();
  readonly #bytes = Buffer.allocUnsafeSlow(ballotKeyBytes);
  readonly #pool = Buffer.allocUnsafeSlow(pooledIds * idBytes);
  #unused = 0;
  /** The voter tag and the ballot id. */
  readonly key: BallotKey = new Int32Array(this.#bytes.buffer);
  ballotId = "";
  partition = 0;
  /** The candidate's place in the counts. */
  choice = 0;
  /** Milliseconds since the epoch. */
  receivedAt = 0;

  /**
   * Replaces the draft by this ballot. Without a ballot id, it draws one.
   *
   * @throws VoteError `invalid-ballot`, `unknown-candidate`, or `ballot-id-reused` if a recent
   *   ballot of the voter has the same id and another choice
   */
  fill(cached: CachedElection, voter: string, fields: BallotFields, receivedAt: number): void {
    this.choice = choiceOf(cached, fields.choice);
    this.ballotId = this.#writeBallotId(fields.ballotId);
    cached.tagger.write(voter, this.#bytes, 0);
    this.partition = partitionOf(this.key[0], cached.election.partitions);
    this.receivedAt = receivedAt;
    if (!this.#recent.agrees(this.key, this.choice)) throw reusedBallotId();
  }

  /**
   * Replaces the draft by a ballot of a batch. Its `ballotId` is set only if it was drawn.
   *
   * @returns false if something is wrong with it: `fill` says what
   */
  fillPlaced(
    { election }: CachedElection,
    bytes: Buffer,
    { tags, tagAt, ballotIdAt, choice }: PlacedBallot,
    receivedAt: number,
  ): boolean {
    this.ballotId = "";
    if (ballotIdAt === -1) this.ballotId = this.#drawBallotId();
    else if (!readBallotId(bytes, ballotIdAt, this.#bytes, idBytes)) return false;
    for (let word = 0; word < tagWords; word++) this.key[word] = tags[tagAt + word];
    this.partition = partitionOf(this.key[0], election.partitions);
    this.choice = choice;
    this.receivedAt = receivedAt;
    return this.#recent.agrees(this.key, choice);
  }

  #writeBallotId(given: unknown): string {
    if (given === undefined || given === null) return this.#drawBallotId();
    if (typeof given !== "string" || !writeBallotId(given, this.#bytes, idBytes)) {
      throw new VoteError("invalid-ballot", "The ballot id is not valid.", {
        hint: "ballotId is 32 lower-case hexadecimal digits, at random; or leave it out.",
      });
    }
    return given;
  }

  #drawBallotId(): string {
    if (this.#unused === 0) {
      randomFillSync(this.#pool);
      this.#unused = pooledIds;
    }
    const at = --this.#unused * idBytes;
    this.#pool.copy(this.#bytes, idBytes, at, at + idBytes);
    return this.#bytes.toString("hex", idBytes, 2 * idBytes);
  }
}

function choiceOf({ election, choices }: CachedElection, choice: unknown): number {
  if (typeof choice !== "string") {
    throw new VoteError("invalid-ballot", "The ballot has no choice.", {
      hint: 'choice is a candidate\'s id, as in {"choice": "yes"}.',
    });
  }
  const index = choices.placeOf(choice);
  if (index !== undefined) return index;
  throw new VoteError("unknown-candidate", `Election ${election.id} has no such candidate.`, {
    hint: `The candidates are ${choices.ids.slice(0, 20).join(", ")}.`,
  });
}

function reusedBallotId(): VoteError {
  return new VoteError("ballot-id-reused", "The ballot id came before, with another choice.", {
    hint: "A retry repeats the choice as well. Another choice is another ballot, with its own id.",
  });
}
