import type { Election } from "../../core/election.js";
import { instanceOf } from "../../core/formats/definition.js";
import type { OutgoingFrame } from "../../log/port.js";
import type { OpenFrame } from "./open-frame.js";

/** What is being gathered for one election. */
export interface Gathering {
  readonly election: string;
  readonly instance: Uint8Array;
  readonly partitions: number;
  /** By slot: the frame that takes the next ballot. */
  readonly open: (OpenFrame | undefined)[];
  /** By slot: the last frame's number of ballots. */
  readonly sizes: Uint32Array;
  /** By partition: the last frame's producer sequence. */
  readonly sequences: Float64Array;
  /** Partitions with an append under way. */
  readonly appending: Set<number>;
}

/** Begins to gather for an election. */
export function newGathering(
  election: Pick<Election, "id" | "instance" | "partitions">,
): Gathering {
  const { id, partitions } = election;
  return {
    election: id,
    instance: instanceOf(election),
    partitions,
    open: new Array<OpenFrame | undefined>(2 * partitions).fill(undefined),
    sizes: new Uint32Array(2 * partitions),
    sequences: new Float64Array(partitions),
    appending: new Set(),
  };
}

/**
 * Returns where a ballot's frame stands. Ballots with receipts are gathered apart: a tree over
 * those of whole batches as well would cost more than all the rest of their way
 * (docs/decisions/0016-receipts.md).
 */
export function slotOf(
  { partitions }: Gathering,
  partition: number,
  withReceipts: boolean,
): number {
  return withReceipts ? partitions + partition : partition;
}

/** A frame that fills, or waits for its partition's turn. */
export interface Gathered {
  readonly frame: OpenFrame;
  readonly gathering: Gathering;
}

/** A frame that takes no more ballots. */
export interface SealedFrame extends Gathered {
  /** What to append, once it is signed. */
  readonly signed: Promise<OutgoingFrame>;
}
