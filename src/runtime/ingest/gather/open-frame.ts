import type { VoteError } from "../../core/errors.js";
import {
  ballotIdWord,
  ballotWords,
  choiceWord,
  idBytes,
  receivedAtWord,
  tagWord,
} from "../../core/formats/ballot.js";
import {
  allocateFrame,
  ballotsFrame,
  ballotTree,
  type FrameHeader,
  frameHeaderBytes,
  sealFrame,
} from "../../core/formats/frame.js";
import type { MerkleTree } from "../../core/formats/merkle.js";
import { receiptText } from "../../core/formats/receipt.js";
import type { RecordHome } from "../../core/formats/refusal.js";
import { maxBallotsPerFrame } from "../../core/limits.js";

/** The answer to a request whose ballots stand in one or more frames. */
export interface PendingAnswer {
  /** Called exactly once for each frame, which then has a `position` or a `failure`. */
  settled(frame: OpenFrame): void;
}

/** A voter tag and a ballot id, as eight words. */
export type BallotKey = Int32Array;
export const ballotKeyBytes = 2 * idBytes;

const headerWords = frameHeaderBytes / 4;
const ballotKeyWords = ballotKeyBytes / 4;
const leastBallots = 16;

/** A frame that still takes ballots: they are written straight into the log's future record. */
export class OpenFrame {
  readonly election: string;
  readonly instance: Uint8Array;
  readonly partition: number;
  /** When its first ballot arrived, by the clock's `now`. */
  readonly openedAt: number;
  readonly answers: PendingAnswer[] = [];
  /** Its position in the log, once durable. */
  position = -1;
  /** Why it was given up. Its ballots may be in the log nevertheless. */
  failure: VoteError | undefined;
  #count = 0;
  #buffer: Buffer;
  #words: Int32Array;
  /** Over the ballots, once sealed, if there are receipts. */
  #tree: MerkleTree | undefined;

  /**
   * @param expected how many ballots are likely; the frame grows as needed
   * @param withReceipts whether each ballot can have one, which takes two hashes a ballot
   */
  constructor(
    home: RecordHome,
    openedAt: number,
    expected: number,
    readonly withReceipts = false,
  ) {
    this.election = home.election;
    this.instance = home.instance;
    this.partition = home.partition;
    this.openedAt = openedAt;
    const room = Math.min(maxBallotsPerFrame, Math.max(leastBallots, expected));
    this.#buffer = allocateFrame(room);
    this.#words = wordsOfFrame(this.#buffer);
  }

  get count(): number {
    return this.#count;
  }

  get full(): boolean {
    return this.#count === maxBallotsPerFrame;
  }

  /** @param receivedAt milliseconds since the epoch */
  add(key: BallotKey, receivedAt: number, choice: number): void {
    let words = this.#words;
    const at = headerWords + this.#count * ballotWords;
    if (at === words.length) words = this.#grow();
    for (let word = 0; word < ballotKeyWords; word++) words[at + tagWord + word] = key[word];
    words[at + receivedAtWord] = receivedAt;
    words[at + choiceWord] = Math.floor(receivedAt / 0x1_0000_0000) | (choice << 16);
    this.#count++;
  }

  /** Completes the header. @returns the log's record, yet to be signed */
  seal(producer: Pick<FrameHeader, "producerId" | "producerSequence" | "keyId">): Buffer {
    const { election, instance, partition } = this;
    if (this.withReceipts) this.#tree = ballotTree(this.#buffer, this.#count);
    const header = {
      kind: ballotsFrame,
      election,
      instance,
      partition,
      merkleRoot: this.#tree?.root,
      ...producer,
    } as const;
    return sealFrame(this.#buffer, header, this.#count);
  }

  /** The receipt of one ballot, once the frame is signed and durable. */
  receiptOf(index: number): string {
    if (this.#tree === undefined) throw new Error("no receipts were promised in this frame");
    return receiptText(this.#buffer, this.#tree, index, this.position);
  }

  #grow(): Int32Array {
    const larger = allocateFrame(Math.min(maxBallotsPerFrame, this.#count * 2));
    this.#buffer.copy(larger);
    this.#buffer = larger;
    this.#words = wordsOfFrame(larger);
    return this.#words;
  }
}

// The loop in `add` copies tag and ballot id in one go.
if (ballotIdWord !== tagWord + idBytes / 4) throw new Error("the ballot's layout has changed");

function wordsOfFrame(frame: Buffer): Int32Array {
  return new Int32Array(frame.buffer, frame.byteOffset, frame.length / 4);
}
