import type { Election } from "../core/election.js";
import { rejectionsByName } from "../core/formats/decision.js";
import { type Clock, systemClock } from "../time/clock.js";
import type { Engine } from "../wiring/engine.js";

/** The figures of an election as the view shows them. */
export interface FinalTally {
  readonly election: string;
  readonly result: readonly { readonly candidate: string; readonly votes: number }[];
  readonly counted: number;
  /** By reason; reasons without a rejection are left out. */
  readonly rejected: Readonly<Record<string, number>>;
  readonly retriesAbsorbed: number;
}

/** Sums an election's current figures in the view. */
export async function finalTally(
  engine: Pick<Engine, "view">,
  election: Election,
): Promise<FinalTally> {
  const { partitions } = await engine.view.get(election.id);
  const sum = (of: (partition: (typeof partitions)[number]) => number) =>
    partitions.reduce((total, partition) => total + of(partition), 0);
  const result = election.candidates.map(({ id }, index) => ({
    candidate: id,
    votes: sum(({ counts }) => counts[index] ?? 0),
  }));
  const reasons = partitions[0]?.rejections.length ?? 0;
  const rejections = Array.from({ length: reasons }, (_, index) =>
    sum(({ rejections: own }) => own[index] ?? 0),
  );
  return {
    election: election.id,
    result,
    counted: result.reduce((total, { votes }) => total + votes, 0),
    rejected: rejectionsByName(rejections),
    retriesAbsorbed: sum((partition) => partition.retriesAbsorbed),
  };
}

const pollMs = 10;

/**
 * Waits until the view covers the whole log.
 *
 * @returns false if that takes longer than `withinMs`
 */
export async function untilTallied(
  engine: Pick<Engine, "log" | "view">,
  election: Election,
  withinMs: number,
  clock: Clock = systemClock,
): Promise<boolean> {
  const ends = await Promise.all(
    Array.from({ length: election.partitions }, (_, partition) =>
      engine.log.end(election.id, partition),
    ),
  );
  const giveUpAt = clock.now() + withinMs;
  for (;;) {
    const { partitions } = await engine.view.get(election.id);
    const watermark = new Map(partitions.map(({ partition, position }) => [partition, position]));
    if (ends.every((end, partition) => end === 0 || (watermark.get(partition) ?? 0) >= end)) {
      return true;
    }
    if (clock.now() > giveUpAt) return false;
    await clock.sleep(pollMs);
  }
}
