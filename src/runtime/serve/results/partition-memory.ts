import type { PartitionView } from "../../view/port.js";

/**
 * Tallies write their figures to the view again every two seconds. If the view has stated lower
 * figures than the remembered ones for so long, the remembered ones are wrong.
 */
const maxDisputeMs = 30_000;

/**
 * Remembers the newest figures of each partition, so that a view which was emptied and fills again
 * takes nothing back. The trust in a high sequence is bounded: one that the view keeps
 * contradicting gives way, or a single forged value would freeze a partition for good.
 */
export class PartitionMemory {
  readonly #newest = new Map<number, PartitionView>();
  /** When the view began to state a lower sequence than the remembered one. */
  readonly #disputedSince = new Map<number, number>();

  /** The remembered figures, by partition. */
  get partitions(): PartitionView[] {
    return [...this.#newest.values()].sort((one, other) => one.partition - other.partition);
  }

  /** @param now milliseconds since the epoch */
  update(seen: readonly PartitionView[], now: number): void {
    for (const figures of seen) {
      const { partition, sequence } = figures;
      const since = this.#disputedSince.get(partition) ?? now;
      const isLower = sequence < (this.#newest.get(partition)?.sequence ?? sequence);
      if (isLower && now - since < maxDisputeMs) {
        this.#disputedSince.set(partition, since);
        continue;
      }
      this.#disputedSince.delete(partition);
      this.#newest.set(partition, figures);
    }
  }
}
