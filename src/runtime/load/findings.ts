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
  readonly acknowledgedAt?: number;
}

export const maxFindingsAKind = 20;

/** Counts everything and keeps the first of each kind: bounded however much is wrong. */
export class LoadFindings {
  readonly kept: LoadFinding[] = [];
  readonly #counts = new Map<LoadFindingKind, number>();

  /** @param make called only when the finding is kept */
  add(kind: LoadFindingKind, make: () => Omit<LoadFinding, "kind">): void {
    const count = this.count(kind) + 1;
    this.#counts.set(kind, count);
    if (count <= maxFindingsAKind) this.kept.push({ kind, ...make() });
  }

  count(kind: LoadFindingKind): number {
    return this.#counts.get(kind) ?? 0;
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }
}
