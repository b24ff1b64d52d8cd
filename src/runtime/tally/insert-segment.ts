import type { Ledger, SegmentPlace } from "../ledger/port.js";
import { backoffMs } from "../time/backoff.js";
import { type Chance, systemChance } from "../time/chance.js";
import { type Clock, systemClock } from "../time/clock.js";
import { reasonsOf, type TallyEvents } from "./telemetry/tally-events.js";

interface InsertOptions {
  readonly ledger: Ledger;
  readonly events: TallyEvents;
  readonly stopping: AbortSignal;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Default: the machine's. */
  readonly chance?: Chance;
  /** Called with how long the insert took. */
  readonly inserted?: (tookMs: number) => void;
}

const ledgerBackoff = { firstMs: 20, maxMs: 2_000 } as const;

/**
 * Inserts a segment, again and again until the ledger gives a definite answer.
 *
 * @returns "fenced" if another tally has written this sequence
 * @throws what the ledger threw last, if the tally is being stopped
 */
export async function insertSegment(
  options: InsertOptions,
  place: SegmentPlace,
  bytes: Buffer,
): Promise<"committed" | "fenced"> {
  const { ledger, events, stopping, inserted } = options;
  const { clock = systemClock, chance = systemChance } = options;
  for (let failures = 1; ; failures++) {
    try {
      const startedAt = clock.now();
      if ((await ledger.append(place, bytes)) === "appended") {
        inserted?.(clock.now() - startedAt);
        return "committed";
      }
      // Ours, if an earlier attempt's answer was lost; otherwise another tally has taken over.
      const stored = await ledger.get(place);
      return stored !== undefined && bytes.equals(stored) ? "committed" : "fenced";
    } catch (error) {
      // Stopping ends the pause, and one more attempt is made to commit what is folded.
      if (stopping.aborted) throw error;
      const retryMs = Math.round(backoffMs(failures, ledgerBackoff, chance.random));
      events.event("ledger-retry", { ...place, retryMs, ...reasonsOf(error) });
      await clock.sleep(retryMs, stopping);
    }
  }
}
