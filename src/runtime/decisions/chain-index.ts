import type { Segment } from "../core/formats/segment.js";
import { type ChainPlace, damaged, type SegmentCache } from "./segment-cache.js";

/** Which log positions a segment covers. */
interface Span {
  readonly sequence: number;
  readonly from: number;
  /** The position after the last one. */
  readonly to: number;
}

/** The end of a chain is read at most once in this time. */
const endForMs = 100;
/** With so many, every other span is forgotten. */
const maxSpans = 512;

const beforeFirst: Span = { sequence: -1, from: 0, to: 0 };

/**
 * Finds the segment of one chain that covers a log position. It remembers which positions the
 * segments seen so far cover, guesses between the nearest two, and halves after each wrong guess:
 * at most twice the logarithm of the chain's length in reads, and far fewer as a rule.
 */
export class ChainIndex {
  readonly #place: ChainPlace;
  readonly #segments: SegmentCache;
  readonly #now: () => number;
  /** In order. */
  #spans: Span[] = [];
  #endReadAt = Number.NEGATIVE_INFINITY;
  #readingEnd: Promise<void> | undefined;

  /** @param now milliseconds, monotonic */
  constructor(place: ChainPlace, segments: SegmentCache, now: () => number) {
    this.#place = place;
    this.#segments = segments;
    this.#now = now;
  }

  /**
   * @returns undefined as long as no segment has come to the position
   * @throws VoteError `corrupt-segment`, `ledger-unavailable`
   */
  async covering(position: number): Promise<Segment | undefined> {
    if (position >= this.#end.to) await this.#readEnd();
    if (position >= this.#end.to) return undefined;
    for (let guesses = 0; ; guesses++) {
      const at = this.#firstBehind(position);
      const low = this.#spans[at - 1] ?? beforeFirst;
      if (position < low.to) return this.#segments.get(this.#place, low.sequence);
      const sequence = guessBetween(low, this.#spans[at], position, guesses);
      const segment = await this.#segments.get(this.#place, sequence);
      this.#learn(segment);
    }
  }

  get #end(): Span {
    return this.#spans.at(-1) ?? beforeFirst;
  }

  #readEnd(): Promise<void> {
    if (this.#now() - this.#endReadAt < endForMs) return Promise.resolve();
    this.#readingEnd ??= this.#learnEnd().finally(() => {
      this.#readingEnd = undefined;
    });
    return this.#readingEnd;
  }

  async #learnEnd(): Promise<void> {
    // The time before the read: the end is at least as new.
    const readAt = this.#now();
    const last = await this.#segments.last(this.#place);
    if (last !== undefined) this.#learn(last);
    this.#endReadAt = readAt;
  }

  /** The index of the first span that begins behind the position. */
  #firstBehind(position: number): number {
    let [low, high] = [0, this.#spans.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#spans[middle].from > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** What the chain's rules forbid would lead the search astray. */
  #learn({ sequence, positionFrom: from, positionTo: to }: Segment): void {
    const at = this.#firstBehind(from);
    const before = this.#spans[at - 1] ?? beforeFirst;
    if (before.sequence === sequence && before.from === from && before.to === to) return;
    const behind: Span | undefined = this.#spans[at];
    const fits =
      from < to &&
      before.sequence < sequence &&
      (before.sequence + 1 === sequence ? before.to === from : before.to < from) &&
      (behind === undefined ||
        (sequence + 1 === behind.sequence ? to === behind.from : to < behind.from));
    if (!fits) throw damaged(this.#place, sequence, "its log positions do not follow the chain's");
    this.#spans.splice(at, 0, { sequence, from, to });
    if (this.#spans.length <= maxSpans) return;
    this.#spans = this.#spans.filter((_, index) => (this.#spans.length - 1 - index) % 2 === 0);
  }
}

/** Guesses by the distance first, since segments of a steady stream cover alike; then halves. */
function guessBetween(low: Span, high: Span, position: number, guesses: number): number {
  const first = low.sequence + 1;
  const many = high.sequence - first;
  const part = guesses % 2 === 0 ? (position - low.to) / (high.from - low.to) : 0.5;
  return first + Math.min(many - 1, Math.floor(part * many));
}
