/** Plain numbers by name: cheap enough for a path that is taken for every vote. */
export class Counts {
  readonly #counts = new Map<string, number>();

  add(name: string, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }

  /** As of now, in the order in which the names came up first. */
  asRecord(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }
}
