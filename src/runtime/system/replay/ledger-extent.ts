import { VoteError } from "../../core/errors.js";
import { decodeSegment } from "../../core/formats/segment.js";
import type { LedgerReader } from "../../ledger/port.js";

/** A stretch of the log that was decided by one revision of the election. */
interface Stretch {
  readonly until: number;
  readonly revision: number;
}

/** What a partition's chain covers, as far as it can be read. */
export interface LedgerExtent {
  readonly segments: number;
  readonly stretches: readonly Stretch[];
  /** Whether it can be read to its end. */
  readonly isWhole: boolean;
}

/** Reads how far a chain goes, and by which revisions of the election it was made. */
export async function extentOf(
  ledger: Pick<LedgerReader, "read">,
  election: string,
  partition: number,
): Promise<LedgerExtent> {
  const stretches: { until: number; revision: number }[] = [];
  let segments = 0;
  try {
    for await (const bytes of ledger.read(election, partition, 0)) {
      const { positionTo: until, revision } = decodeSegment(bytes, "a segment");
      const last = stretches.at(-1);
      if (last?.revision === revision) last.until = until;
      else stretches.push({ until, revision });
      segments++;
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { segments, stretches, isWhole: false };
  }
  return { segments, stretches, isWhole: true };
}

/** Whether somebody has damaged, or forged, what was read. */
export function isDamage(error: unknown): error is VoteError {
  return error instanceof VoteError && error.exitCode === 3;
}

/** Reads so many segments of each partition, and all of one that is not named. */
export function firstSegments(
  ledger: Pick<LedgerReader, "read">,
  segments: ReadonlyMap<number, number>,
): Pick<LedgerReader, "read"> {
  return {
    async *read(election, partition, from) {
      let left = (segments.get(partition) ?? Number.POSITIVE_INFINITY) - from;
      if (left <= 0) return;
      for await (const bytes of ledger.read(election, partition, from)) {
        yield bytes;
        if (--left <= 0) return;
      }
    },
  };
}
