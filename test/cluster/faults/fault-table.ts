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
    const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
    const lines = cells.map((row) =>
      row.map((text, at) => (at === 0 ? text.padEnd(widths[0]) : text.padStart(widths[at] + 2))),
    );
    const text = lines.map((line) => line.join("")).join("\n");
    process.stdout.write(`\nFaults, seed ${this.#seed}, ${seconds} s\n${text}\n`);
  }

  #sum(column: Exclude<keyof FaultRow, "fault">): number {
    return this.#rows.reduce((sum, row) => sum + row[column], 0);
  }
}
