import type { Difference, DifferenceKind } from "../../contracts/audit/decision-diff.js";
import { VoteError } from "../../core/errors.js";
import { ballotBytes, readBallot } from "../../core/formats/ballot.js";
import { decisionNames, rejectionsByName } from "../../core/formats/decision.js";
import type { RefusedRecord } from "../../core/formats/refusal.js";
import type { Segment } from "../../core/formats/segment.js";
import { type CommonBallot, nextCommonBallot } from "./common-ballot.js";
import { DecisionChain, type DecisionSource } from "./decision-chain.js";

/** A difference, with what helps to find its record in the log. */
export interface FoundDifference extends Difference {
  readonly ballot?: Buffer;
  readonly positionFrom?: number;
  readonly positionTo?: number;
}

/** So many decisions without a common ballot, many segments of them, are on one side only. */
const maxApart = 65_536;
const nothing = "nothing";

/**
 * Compares one partition's decisions, wherever each side has cut them into segments. Both chains
 * are read side by side by log position, so memory holds a few segments of each.
 */
export class PartitionDiff {
  readonly #a: DecisionChain;
  readonly #b: DecisionChain;
  readonly #partition: number;
  readonly #found: (difference: FoundDifference) => void;
  #differs = false;

  /** @param found hears of each difference, in order */
  constructor(
    [a, b]: readonly [DecisionSource, DecisionSource],
    { election, partition }: { readonly election: string; readonly partition: number },
    found: (difference: FoundDifference) => void,
  ) {
    this.#a = new DecisionChain(a, election, partition);
    this.#b = new DecisionChain(b, election, partition);
    this.#partition = partition;
    this.#found = found;
  }

  /** @returns how many decisions were read */
  async run(): Promise<{ readonly a: number; readonly b: number }> {
    const [a, b] = [this.#a, this.#b];
    try {
      await this.#compareAll();
    } finally {
      await Promise.all([a.close(), b.close()]);
    }
    return { a: a.taken + a.count, b: b.taken + b.count };
  }

  async #compareAll(): Promise<void> {
    const [a, b] = [this.#a, this.#b];
    while (Number.isFinite(Math.min(a.covered, b.covered))) {
      const [side, name] = a.covered <= b.covered ? [a, "a"] : [b, "b"];
      try {
        await side.readOn();
      } catch (error) {
        // What cannot be read keeps nobody from comparing the other partitions.
        if (!(error instanceof VoteError && error.exitCode === 3)) throw error;
        const what = { a: nothing, b: nothing, [name]: error.message };
        this.#add("damaged", { ...what, position: side.covered });
        return;
      }
      this.#compareRefusals();
      this.#compareDecisions();
    }
    this.#compareEnds();
  }

  #add(kind: DifferenceKind, rest: Omit<FoundDifference, "kind" | "partition">): void {
    this.#differs = true;
    this.#found({ kind, partition: this.#partition, ...rest });
  }

  #compareDecisions(): void {
    const [a, b] = [this.#a, this.#b];
    for (;;) {
      this.#takeEqual();
      if (a.count === 0 || b.count === 0) break;
      const common = nextCommonBallot(a, b);
      if (common === undefined) break;
      this.#takeApart(common);
      this.#compareBallot();
    }
    // Behind one position, or behind so many others, what is left has no counterpart.
    const apart = Math.max(a.count, b.count) > maxApart;
    if (a.covered === b.covered || apart) this.#takeApart({ a: a.count, b: b.count });
  }

  /** Takes what is equal byte for byte. */
  #takeEqual(): void {
    const [a, b] = [this.#a, this.#b];
    const most = Math.min(a.count, b.count);
    const bytes = most * ballotBytes;
    const areEqual =
      a.decisions.compare(b.decisions, 0, most, 0, most) === 0 &&
      a.ballots.compare(b.ballots, 0, bytes, 0, bytes) === 0;
    let equal = areEqual ? most : 0;
    while (equal < most && isEqualAt(a, b, equal)) equal++;
    a.take(equal);
    b.take(equal);
  }

  /** Takes what stands on one side only. */
  #takeApart(common: CommonBallot): void {
    for (let at = 0; at < common.a; at++) {
      this.#add("only-in-a", { ...placeOf(this.#a, at), a: textOf(this.#a, at), b: nothing });
    }
    for (let at = 0; at < common.b; at++) {
      this.#add("only-in-b", { ...placeOf(this.#b, at), a: nothing, b: textOf(this.#b, at) });
    }
    this.#a.take(common.a);
    this.#b.take(common.b);
  }

  /** Takes one ballot that both sides hold. */
  #compareBallot(): void {
    const [a, b] = [this.#a, this.#b];
    if (!isEqualAt(a, b, 0)) {
      const kind = a.decisions[0] === b.decisions[0] ? "ballot" : "decision";
      this.#add(kind, { ...placeOf(a, 0), a: textOf(a, 0), b: textOf(b, 0) });
    }
    a.take(1);
    b.take(1);
  }

  /** Both lists go by position: what both chains cover can be compared. */
  #compareRefusals(): void {
    const until = Math.min(this.#a.covered, this.#b.covered);
    const takeBefore = (side: DecisionChain) => {
      const ready = side.refused.filter(({ position }) => position < until);
      side.refused = side.refused.slice(ready.length);
      return new Map(ready.map((one) => [one.position, one]));
    };
    const [ofA, ofB] = [takeBefore(this.#a), takeBefore(this.#b)];
    const positions = [...new Set([...ofA.keys(), ...ofB.keys()])].sort((one, two) => one - two);
    for (const position of positions) {
      const [a, b] = [ofA.get(position), ofB.get(position)];
      const isSame =
        a !== undefined &&
        b !== undefined &&
        a.reason === b.reason &&
        !Buffer.compare(a.hash, b.hash);
      if (!isSame) this.#add("refusal", { position, a: refusalText(a), b: refusalText(b) });
    }
  }

  #compareEnds(): void {
    const [a, b] = [this.#a, this.#b];
    if (a.sealedAt !== b.sealedAt) {
      const position = Math.min(a.sealedAt ?? Infinity, b.sealedAt ?? Infinity) - 1;
      this.#add("seal", { position, a: sealText(a), b: sealText(b) });
    }
    if (this.#differs) return;
    const [totalsA, totalsB] = [totalsText(a.last), totalsText(b.last)];
    if (totalsA !== totalsB) this.#add("totals", { a: totalsA, b: totalsB });
    const [logA, logB] = [logText(a.last), logText(b.last)];
    if (logA !== logB) this.#add("log", { a: logA, b: logB });
  }
}

function isEqualAt(a: DecisionChain, b: DecisionChain, at: number): boolean {
  return a.decisions[at] === b.decisions[at] && a.ballot(at).equals(b.ballot(at));
}

function placeOf(side: DecisionChain, at: number) {
  const ballot = Buffer.from(side.ballot(at));
  const { sequence: segment, positionFrom, positionTo } = side.span(at);
  const ballotId = Buffer.from(readBallot(ballot, 0).ballotId).toString("hex");
  const number = side.taken + at;
  return { number, segment, ballotId, ballot, positionFrom, positionTo };
}

function textOf(side: DecisionChain, at: number): string {
  const { choice, receivedAt } = readBallot(side.ballot(at), 0);
  const received = new Date(receivedAt).toISOString();
  return `${decisionNames[side.decisions[at]]}, choice ${choice}, received ${received}`;
}

function refusalText(refused: RefusedRecord | undefined): string {
  if (refused === undefined) return "not passed over";
  const hash = Buffer.from(refused.hash).toString("hex");
  return `passed over as ${refused.reason}, hash ${hash}`;
}

function sealText({ sealedAt }: DecisionChain): string {
  return sealedAt === undefined ? "not sealed" : `sealed before position ${sealedAt}`;
}

function totalsText(last: Segment | undefined): string {
  if (last === undefined) return nothing;
  const { counts, rejections, unkept, retriesAbsorbed } = last;
  const rejected = JSON.stringify(rejectionsByName(rejections));
  const left = JSON.stringify(rejectionsByName(unkept));
  const counted = Array.from(counts).join(", ");
  return `counted ${counted}; rejected ${rejected}, not kept ${left}; ${retriesAbsorbed} retries`;
}

function logText(last: Segment | undefined): string {
  if (last === undefined) return nothing;
  return `up to position ${last.positionTo}, digest ${Buffer.from(last.logDigest).toString("hex")}`;
}
