import { directWire, type Wire } from "../time/wire.js";
import type { ElectionView, PartitionView, SetOutcome, View } from "./port.js";

/** What all handles of one in-memory view share. */
export class ViewContent {
  readonly partitions = new Map<string, Map<number, PartitionView>>();
  readonly recounts = new Map<string, number>();

  put(election: string, figures: PartitionView): void {
    const known = this.partitions.get(election) ?? new Map<number, PartitionView>();
    this.partitions.set(election, known.set(figures.partition, figures));
  }

  get(election: string): ElectionView {
    const partitions = [...(this.partitions.get(election)?.values() ?? [])];
    partitions.sort((one, other) => one.partition - other.partition);
    const recountingAt = this.recounts.get(election);
    return {
      partitions,
      ...(recountingAt === undefined ? {} : { recountingAt }),
    };
  }
}

/** The view in memory, for one process and its simulations. */
export class MemoryView implements View {
  readonly #content: ViewContent;
  readonly #wire: Wire;

  constructor(content: ViewContent, wire = directWire) {
    this.#content = content;
    this.#wire = wire;
  }

  set(election: string, figures: PartitionView): Promise<SetOutcome> {
    return this.#wire("view.set", () => {
      const stored = this.#content.partitions.get(election)?.get(figures.partition)?.sequence ?? -2;
      if (stored >= figures.sequence) return stored > figures.sequence ? "newer" : "same";
      this.#content.put(election, figures);
      return "set";
    });
  }

  replace(election: string, figures: PartitionView): Promise<void> {
    return this.#wire("view.replace", () => this.#content.put(election, figures));
  }

  setRecounting(election: string, at: number): Promise<void> {
    return this.#wire("view.setRecounting", () => {
      this.#content.recounts.set(election, at);
    });
  }

  get(election: string): Promise<ElectionView> {
    return this.#wire("view.get", () => this.#content.get(election));
  }

  async close(): Promise<void> {}
}
