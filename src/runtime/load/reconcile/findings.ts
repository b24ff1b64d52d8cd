/** What a reconciliation can find wrong with one ballot. */
export type LoadFindingKind =
  /** Acknowledged, and in no segment. */
  | "lost"
  /** In the ledger twice. */
  | "decided-twice"
  /** Counted, as was another ballot of the same voter. */
  | "counted-twice"
  /** In the ledger, and sent by no stream of this run. */
  | "invented"
  /** Decided otherwise than the rules say. */
  | "wrong-decision"
  /** Another candidate than was sent. */
  | "wrong-choice"
  /** Another voter than was sent. */
  | "wrong-voter"
  /** Refused to the client, and decided all the same. */
  | "refused-but-decided"
  /** Sent with a bad token, for nobody or malformed, and acknowledged or decided all the same. */
  | "forged-accepted"
  /** Counted, or rejected for another reason, behind the segment that seals the partition. */
  | "decided-after-close"
  /** The chain lacks segments between two others. */
  | "segment-missing"
  /** A segment that cannot be read; what stands in it and behind it is not judged. */
  | "segment-damaged"
  /** A partition's figures in the view are not those of its chain's end. */
  | "view-differs"
  /** What the independent recount found; its own kind starts the detail. */
  | "recount-differs"
  /** Totals that should be equal and are not; names no ballot. */
  | "totals-differ";

/** One ballot, or one total, and what is wrong with it. */
export interface LoadFinding {
  readonly kind: LoadFindingKind;
  /** The place and what is wrong there, in one sentence. */
  readonly detail: string;
  /** 32 hexadecimal digits. */
  readonly ballotId?: string;
  readonly stream?: string;
  readonly index?: number;
  readonly partition?: number;
  /** The segment's place in its chain. */
  readonly sequence?: number;
  /** The acknowledged place in the log. */
  readonly position?: number;
  /** Milliseconds since the epoch. */
  readonly intendedAt?: number;
  /** As the ballot itself says. */
  readonly receivedAt?: number;
  readonly acknowledgedAt?: number;
}

export const maxFindingsAKind = 20;

/** Where all findings go, one by one, however many: a file. */
export interface FindingSink {
  /** Takes no more: the rest is only counted. */
  readonly isFull: boolean;
  take(finding: LoadFinding): void;
}

/** Counts everything and keeps the first of each kind: bounded however much is wrong. */
export class LoadFindings {
  readonly kept: LoadFinding[] = [];
  readonly #counts = new Map<LoadFindingKind, number>();
  readonly #sink: FindingSink | undefined;

  /** @param sink is given every finding, also those that are not kept */
  constructor(sink?: FindingSink) {
    this.#sink = sink;
  }

  /** @param make called only when the finding goes somewhere */
  add(kind: LoadFindingKind, make: () => Omit<LoadFinding, "kind">): void {
    const count = this.count(kind) + 1;
    this.#counts.set(kind, count);
    const keeps = count <= maxFindingsAKind;
    if (!keeps && (this.#sink === undefined || this.#sink.isFull)) return;
    const finding = { kind, ...make() };
    if (keeps) this.kept.push(finding);
    this.#sink?.take(finding);
  }

  count(kind: LoadFindingKind): number {
    return this.#counts.get(kind) ?? 0;
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }
}
