import { VoteError } from "../../core/errors.js";
import { ballotBytes, ballotIdOffset, idBytes } from "../../core/formats/ballot.js";
import type { RefusedRecord } from "../../core/formats/refusal.js";
import { decodeSegment, firstPreviousHash, type Segment } from "../../core/formats/segment.js";
import type { LedgerReader } from "../../ledger/port.js";

/** A ledger to compare, and what messages call it. */
export interface DecisionSource {
  readonly name: string;
  readonly ledger: Pick<LedgerReader, "read">;
}

/** What a comparison needs of a segment once its decisions are taken. */
interface Span {
  readonly sequence: number;
  readonly positionFrom: number;
  readonly positionTo: number;
  /** The number of the decision behind its last one. */
  readonly end: number;
}

const identityBytes = ballotIdOffset + idBytes;
const noBytes = Buffer.alloc(0);

/**
 * One partition's decisions in order, as one side of a comparison has them. Holds those that are
 * read and not yet taken: ballots of 40 bytes, a byte a decision, and refused records.
 */
export class DecisionChain {
  readonly #segments: AsyncIterator<Uint8Array>;
  readonly #name: string;
  readonly #place: { readonly election: string; readonly partition: number };
  #spans: Span[] = [];
  ballots: Buffer = noBytes;
  decisions: Buffer = noBytes;
  refused: RefusedRecord[] = [];
  /** How many decisions are taken. */
  taken = 0;
  /** Up to which log position all is read; infinite at the chain's end. */
  covered = 0;
  last: Segment | undefined;
  /** The log position behind the close marker. */
  sealedAt: number | undefined;

  constructor({ ledger, name }: DecisionSource, election: string, partition: number) {
    this.#segments = ledger.read(election, partition, 0)[Symbol.asyncIterator]();
    this.#name = name;
    this.#place = { election, partition };
  }

  /**
   * Reads one segment more.
   *
   * @throws VoteError `corrupt-segment` for one that is damaged or does not continue the chain
   */
  async readOn(): Promise<void> {
    const { value, done } = await this.#segments.next();
    if (done) {
      this.covered = Number.POSITIVE_INFINITY;
      return;
    }
    const { election, partition } = this.#place;
    const sequence = this.last === undefined ? 0 : this.last.sequence + 1;
    const where = `election ${election}, partition ${partition}`;
    const place = `${where}, segment ${sequence} of ${this.#name}`;
    const segment = decodeSegment(value, place);
    const continues =
      segment.election === election &&
      segment.partition === partition &&
      segment.sequence === sequence &&
      segment.positionFrom === (this.last?.positionTo ?? 0) &&
      segment.positionTo > segment.positionFrom &&
      Buffer.compare(segment.previousHash, this.last?.hash ?? firstPreviousHash) === 0;
    if (!continues) {
      throw new VoteError("corrupt-segment", `${place}: it does not continue the chain`);
    }
    this.#append(segment);
  }

  #append(segment: Segment): void {
    const { sequence, positionFrom, positionTo, ballots, decisions } = segment;
    const isEmpty = this.count === 0;
    this.ballots = isEmpty ? ballots : Buffer.concat([this.ballots, ballots]);
    this.decisions = isEmpty ? decisions : Buffer.concat([this.decisions, decisions]);
    this.refused.push(...segment.refused);
    if (segment.sealed) this.sealedAt ??= positionTo;
    const end = this.taken + this.count;
    this.#spans.push({ sequence, positionFrom, positionTo, end });
    this.covered = positionTo;
    this.last = segment;
  }

  /** How many decisions are read and not taken. */
  get count(): number {
    return this.decisions.length;
  }

  /** The ballot so many places behind the next one. */
  ballot(at: number): Buffer {
    return this.ballots.subarray(at * ballotBytes, (at + 1) * ballotBytes);
  }

  /** Voter tag and ballot id of the ballot so many places behind the next one. */
  identity(at: number): string {
    const from = at * ballotBytes;
    return this.ballots.toString("latin1", from, from + identityBytes);
  }

  /** The segment that has the decision so many places behind the next one. */
  span(at: number): Span {
    const number = this.taken + at;
    const found = this.#spans.find(({ end }) => number < end);
    if (found === undefined) throw new Error(`decision ${number} is not read`);
    return found;
  }

  /** Takes the next decisions. */
  take(count: number): void {
    this.ballots = this.ballots.subarray(count * ballotBytes);
    this.decisions = this.decisions.subarray(count);
    this.taken += count;
    this.#spans = this.#spans.filter(({ end }) => end > this.taken);
  }

  /** Lets go of what is being read, wherever the comparison has stopped. */
  async close(): Promise<void> {
    await this.#segments.return?.();
  }
}
