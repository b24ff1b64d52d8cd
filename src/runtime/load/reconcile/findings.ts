import type { LoadFinding, LoadFindingKind } from "../../contracts/load/load-finding.js";

const maxFindingsAKind = 20;

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
