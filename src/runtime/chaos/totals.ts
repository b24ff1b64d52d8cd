import type { ChaosReport, KindTotals } from "../contracts/chaos/chaos-report.js";
import type { Account } from "./audit/account.js";
import type { Phase } from "./scene/phase.js";

/** What a fault did, and when. */
export interface Injected {
  readonly kind: string;
  readonly hits: number;
  readonly phase: Phase;
}

const none = (kind: string): KindTotals => ({
  ...{ kind, faults: 0, hits: 0, sent: 0, acknowledged: 0, decided: 0 },
  ...{ lost: 0, double: 0, longestStallMs: 0 },
});

/** Adds an election's faults, once it is checked, to what there was before. */
export function addElection(
  totals: readonly KindTotals[],
  injected: readonly Injected[],
  { phases }: Pick<Account, "phases">,
): KindTotals[] {
  const byKind = new Map(totals.map((row) => [row.kind, row]));
  for (const { kind, hits, phase } of injected) {
    const row = byKind.get(kind) ?? none(kind);
    const outcome = phases.get(phase);
    byKind.set(kind, {
      kind,
      faults: row.faults + 1,
      hits: row.hits + hits,
      sent: row.sent + phase.sent,
      acknowledged: row.acknowledged + (outcome?.acknowledged ?? 0),
      decided: row.decided + (outcome?.decided ?? 0),
      lost: row.lost + (outcome?.lost ?? 0),
      double: row.double + (outcome?.double ?? 0),
      longestStallMs: Math.max(row.longestStallMs, Math.round(phase.longestStallMs)),
    });
  }
  return [...byKind.values()].sort((one, other) => (one.kind < other.kind ? -1 : 1));
}

/** The last row of a table: all kinds together. */
export function sumOf({ totals }: Pick<ChaosReport, "totals">): KindTotals {
  const sum = (name: Exclude<keyof KindTotals, "kind">) =>
    totals.reduce((all, row) => all + row[name], 0);
  return {
    kind: "all",
    faults: sum("faults"),
    hits: sum("hits"),
    sent: sum("sent"),
    acknowledged: sum("acknowledged"),
    decided: sum("decided"),
    lost: sum("lost"),
    double: sum("double"),
    longestStallMs: Math.max(0, ...totals.map((row) => row.longestStallMs)),
  };
}
