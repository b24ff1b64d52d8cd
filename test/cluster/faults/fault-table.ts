import { textTable } from "../../helpers/terminal/text-table.js";

export interface FaultRow {
  readonly fault: string;
  readonly injections: number;
  readonly acknowledged: number;
  readonly lost: number;
  readonly double: number;
}

/** What the run has shown, by fault. */
export class FaultTable {
  readonly #seed: number;
  readonly #startedAt = performance.now();
  readonly #rows: FaultRow[] = [];

  constructor(seed: number) {
    this.#seed = seed;
  }

  add({ fault, injections, acknowledged, lost, double }: FaultRow): void {
    this.#rows.push({ fault, injections, acknowledged, lost, double });
  }

  get injections(): number {
    return this.#sum("injections");
  }

  print(): void {
    if (this.#rows.length === 0) return;
    const seconds = Math.round((performance.now() - this.#startedAt) / 1_000);
    const rows = this.#rows.map((row) => Object.values(row).map(String));
    const total = ["injections", "acknowledged", "lost", "double"] as const;
    const sums = ["all", ...total.map((column) => String(this.#sum(column)))];
    const cells = [["fault", "injections", "votes", "lost", "double"], ...rows, sums];
    process.stdout.write(`\nFaults, seed ${this.#seed}, ${seconds} s\n${textTable(cells)}\n`);
  }

  #sum(column: Exclude<keyof FaultRow, "fault">): number {
    return this.#rows.reduce((sum, row) => sum + row[column], 0);
  }
}
