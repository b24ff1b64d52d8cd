import type { Election } from "../../core/election.js";
import type { PartitionView } from "../../view/port.js";
import type { World } from "../world/world.js";
import { type Item, segmentAt } from "./evidence.js";

/** Looks, after each event, for what nobody may see even for a moment. Draws nothing. */
export class Watch {
  readonly #world: World;
  readonly #election: string;
  readonly #shown = new Map<number, PartitionView>();
  #newest: Item | undefined;

  constructor(world: World, election: string) {
    this.#world = world;
    this.#election = election;
  }

  look(): void {
    const { view, tables } = this.#world.stores.content;
    for (const [partition, figures] of view.partitions.get(this.#election) ?? []) {
      if (this.#shown.get(partition) === figures) continue;
      this.#shown.set(partition, figures);
      viewShowsASegment(this.#world, this.#election, figures);
    }
    const newest = tables.items("registry", `change#${this.#election}`).at(-1);
    if (newest === this.#newest) return;
    this.#newest = newest;
    certificateComesFirst(this.#world, newest);
  }
}

/** What the view shows of a partition is in the ledger by then. */
function viewShowsASegment(world: World, election: string, figures: PartitionView): void {
  const { partition, sequence, counts } = figures;
  const segment = segmentAt(world.stores, election, partition, sequence);
  const isEmpty = sequence === -1 && counts.every((count) => count === 0);
  if (isEmpty || (segment !== undefined && Array.from(segment.counts).join() === counts.join()))
    return;
  const what = `partition ${partition}: it has ${counts.join()} as of segment ${sequence}`;
  world.breaks("The view shows what the ledger says", what);
}

/** The trail calls no election certified of which there is no certificate. */
function certificateComesFirst(world: World, newest: Item | undefined): void {
  const [certificate] = world.stores.content.tables.items("registry", "certificate");
  if (certificate !== undefined) return;
  const record = newest !== undefined && "S" in newest.record ? newest.record.S : "{}";
  const { election } = JSON.parse(record) as { readonly election?: Election };
  if (election?.status !== "certified") return;
  const promise = "No certificate is issued over another, nor in place of one that is missing";
  world.breaks(promise, "the trail says certified, and there is none");
}
