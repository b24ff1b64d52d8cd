/** What a reconciliation can find wrong. */
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
  /** Refused to the client, and yet decided. */
  | "refused-but-decided"
  /** Forged (bad token, unknown candidate or malformed), and yet acknowledged or decided. */
  | "forged-accepted"
  /** Counted, or rejected for another reason than the closing, after the sealed segment. */
  | "decided-after-close"
  /** The chain has a gap. */
  | "segment-missing"
  /** A segment cannot be read; it and those after it are not judged. */
  | "segment-damaged"
  /** The view does not show a partition's totals at the end of its chain. */
  | "view-differs"
  /** The independent recount found something; the detail begins with its kind. */
  | "recount-differs"
  /** Totals that should be equal are not. Names no ballot. */
  | "totals-differ";

/** What is wrong with one ballot, segment or total. */
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

/** Takes every finding, however many there are. */
export interface FindingSink {
  /** It takes no more; the rest is only counted. */
  readonly isFull: boolean;
  take(finding: LoadFinding): void;
}

/** Counts every finding and keeps the first of each kind, so that memory is bounded. */
export class LoadFindings {
  readonly kept: LoadFinding[] = [];
  readonly #counts = new Map<LoadFindingKind, number>();
  readonly #sink: FindingSink | undefined;

  /** @param sink receives every finding, kept or not */
  constructor(sink?: FindingSink) {
    this.#sink = sink;
  }

  /** @param make called only if the finding is kept or goes to the sink */
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
