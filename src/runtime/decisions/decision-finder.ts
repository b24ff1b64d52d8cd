import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { ballotWords, tagWord, wordsOf } from "../core/formats/ballot.js";
import { type DecisionName, decisionNames } from "../core/formats/decision.js";
import type { Segment } from "../core/formats/segment.js";
import { partitionOf } from "../core/voter/partition.js";
import type { LedgerReader } from "../ledger/port.js";
import { ChainIndex } from "./chain-index.js";
import { type ChainPlace, SegmentCache } from "./segment-cache.js";

/** Which ballot: its identity, and where in the log it was acknowledged. */
export interface SoughtBallot {
  readonly voterTag: Buffer;
  readonly ballotId: Buffer;
  readonly position: number;
}

/** What has become of a ballot. */
export interface Finding {
  readonly partition: number;
  /** Undefined as long as no segment has come to its position. */
  readonly decided?: { readonly decision: DecisionName; readonly segment: number };
}

/** Look-ups at once, and chains whose spans are known. */
const maxLookUps = 256;
const maxIndexes = 4_096;
/** Look-ups of repeated ballots at once, and how far each goes back. */
const maxSearches = 4;
const maxSearchBytes = 8 * 2 ** 20;
const windows = [16, 64, 256, 1_024];

/**
 * Answers what has become of single ballots, from the ledger: by the position in the log that each
 * was acknowledged at, it reads the one segment that covers it. See decision 0018.
 */
export class DecisionFinder {
  readonly #segments: SegmentCache;
  readonly #now: () => number;
  /** The last used at the end. */
  readonly #indexes = new Map<string, ChainIndex>();
  #lookUps = 0;
  #searches = 0;

  /** @param now milliseconds, monotonic */
  constructor(ledger: LedgerReader, now: () => number) {
    this.#segments = new SegmentCache(ledger);
    this.#now = now;
  }

  /**
   * @throws VoteError `unknown-ballot` if the ledger covers the position and no such ballot is
   *   decided there or shortly before; `overloaded`, `corrupt-segment`, `ledger-unavailable`
   */
  async find(election: Election, sought: SoughtBallot): Promise<Finding> {
    if (this.#lookUps >= maxLookUps) throw tooMany();
    this.#lookUps++;
    try {
      const partition = partitionOf(sought.voterTag.readUInt32LE(0), election.partitions);
      const place = { election, partition };
      const segment = await this.#indexOf(place).covering(sought.position);
      if (segment === undefined) return { partition };
      const decided = decisionIn(segment, sought) ?? (await this.#before(place, segment, sought));
      if (decided === undefined) throw unknownBallot();
      return { partition, decided };
    } finally {
      this.#lookUps--;
    }
  }

  #indexOf(place: ChainPlace): ChainIndex {
    const name = `${place.election.instance}#${place.partition}`;
    const index = this.#indexes.get(name) ?? new ChainIndex(place, this.#segments, this.#now);
    this.#indexes.delete(name);
    this.#indexes.set(name, index);
    const [oldest] = this.#indexes.keys();
    if (this.#indexes.size > maxIndexes) this.#indexes.delete(oldest);
    return index;
  }

  /** A ballot that came again was decided where it came first, as a rule shortly before. */
  async #before(place: ChainPlace, segment: Segment, sought: SoughtBallot) {
    const { sequence, retriesAbsorbed } = segment;
    if (sequence === 0 || retriesAbsorbed === 0) return undefined;
    const previous = await this.#segments.get(place, sequence - 1);
    // Nothing in this segment came again.
    if (previous.retriesAbsorbed === retriesAbsorbed) return undefined;
    if (this.#searches >= maxSearches) throw tooMany();
    this.#searches++;
    try {
      return await this.#search(place, sequence, sought);
    } finally {
      this.#searches--;
    }
  }

  async #search(place: ChainPlace, end: number, sought: SoughtBallot) {
    let bytes = 0;
    let to = end;
    for (const window of windows) {
      const from = Math.max(0, end - window);
      for await (const segment of this.#segments.read(place, from)) {
        const decided = decisionIn(segment, sought);
        if (decided !== undefined) return decided;
        bytes += segment.bytes.length;
        if (segment.sequence + 1 >= to || bytes > maxSearchBytes) break;
      }
      if (from === 0 || bytes > maxSearchBytes) return undefined;
      to = from;
    }
    return undefined;
  }
}

/** Tag and ballot id. */
const identityWords = 8;

function decisionIn(segment: Segment, { voterTag, ballotId }: SoughtBallot) {
  const identity = wordsOf(Buffer.concat([voterTag, ballotId, Buffer.alloc(8)]), 0, 1);
  const words = wordsOf(segment.ballots, 0, segment.ballotCount);
  for (let index = 0; index < segment.ballotCount; index++) {
    const at = index * ballotWords + tagWord;
    let same = 0;
    while (same < identityWords && words[at + same] === identity[same]) same++;
    if (same < identityWords) continue;
    return { decision: decisionNames[segment.decisions[index]], segment: segment.sequence };
  }
  return undefined;
}

function tooMany(): VoteError {
  return new VoteError("overloaded", "Too many look-ups of ballots are under way.", {
    hint: "Ask again later.",
  });
}

function unknownBallot(): VoteError {
  return new VoteError("unknown-ballot", "No such ballot is decided at this place.", {
    hint:
      "Take voter tag, ballot id and position from the receipt. If they are right, " +
      "`vote audit receipt` reads the whole partition and says why.",
  });
}
