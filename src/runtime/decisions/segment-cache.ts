import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { instanceOf } from "../core/formats/definition.js";
import { decodeSegment, type Segment } from "../core/formats/segment.js";
import type { LedgerReader } from "../ledger/port.js";

/** The chain of one partition. */
export interface ChainPlace {
  readonly election: Election;
  readonly partition: number;
}

const maxKeptBytes = 64 * 2 ** 20;

/**
 * Reads single segments, verifies each on its own, and keeps the last ones used. Whoever asks for
 * a segment that is being read waits for the same read.
 */
export class SegmentCache {
  readonly #ledger: LedgerReader;
  /** The last used at the end. */
  readonly #kept = new Map<string, Segment>();
  #keptBytes = 0;
  readonly #underWay = new Map<string, Promise<Segment>>();

  constructor(ledger: LedgerReader) {
    this.#ledger = ledger;
  }

  /**
   * Reads a segment that stands before the end of its chain.
   *
   * @throws VoteError `corrupt-segment` if it is damaged, or not there; `ledger-unavailable`
   */
  async get(place: ChainPlace, sequence: number): Promise<Segment> {
    const name = nameOf(place, sequence);
    const kept = this.#kept.get(name);
    if (kept !== undefined) {
      this.#kept.delete(name);
      this.#kept.set(name, kept);
      return kept;
    }
    const underWay = this.#underWay.get(name) ?? this.#load(place, sequence, name);
    this.#underWay.set(name, underWay);
    return underWay;
  }

  async #load(place: ChainPlace, sequence: number, name: string): Promise<Segment> {
    const { election, partition } = place;
    try {
      const bytes = await this.#ledger.get({ election: election.id, partition, sequence });
      if (bytes === undefined) throw damaged(place, sequence, "the ledger does not have it");
      return this.#keep(name, verified(bytes, place, sequence));
    } finally {
      this.#underWay.delete(name);
    }
  }

  /** Reads the end of a chain, each time anew. @returns undefined before the first segment */
  async last(place: ChainPlace): Promise<Segment | undefined> {
    const bytes = await this.#ledger.last(place.election.id, place.partition);
    if (bytes === undefined) return undefined;
    const segment = verified(bytes, place);
    return this.#keep(nameOf(place, segment.sequence), segment);
  }

  /** Reads segments in order, without keeping them. */
  async *read(place: ChainPlace, from: number): AsyncGenerator<Segment> {
    let sequence = from;
    for await (const bytes of this.#ledger.read(place.election.id, place.partition, from)) {
      yield verified(bytes, place, sequence++);
    }
  }

  #keep(name: string, segment: Segment): Segment {
    if (this.#kept.has(name)) return segment;
    this.#kept.set(name, segment);
    this.#keptBytes += segment.bytes.length;
    for (const [oldest, { bytes }] of this.#kept) {
      if (this.#keptBytes <= maxKeptBytes) break;
      this.#kept.delete(oldest);
      this.#keptBytes -= bytes.length;
    }
    return segment;
  }
}

function nameOf({ election, partition }: ChainPlace, sequence: number): string {
  return `${election.instance}#${partition}#${sequence}`;
}

function verified(bytes: Uint8Array, place: ChainPlace, sequence?: number): Segment {
  const { election, partition } = place;
  const segment = decodeSegment(bytes, whereOf(place, sequence));
  const isOfHere =
    segment.election === election.id &&
    instanceOf(election).equals(segment.instance) &&
    segment.partition === partition &&
    segment.sequence === (sequence ?? segment.sequence);
  if (isOfHere) return segment;
  throw damaged(place, sequence, "a segment of another place is stored here");
}

/** The error for a chain that cannot be. @param sequence undefined for its end */
export function damaged(place: ChainPlace, sequence: number | undefined, what: string): VoteError {
  return new VoteError("corrupt-segment", `${whereOf(place, sequence)}: ${what}`);
}

function whereOf({ election, partition }: ChainPlace, sequence: number | undefined): string {
  const which = sequence === undefined ? "the last segment" : `segment ${sequence}`;
  return `election ${election.id}, partition ${partition}, ${which}`;
}
