import type { Clock } from "../time/clock.js";
import type { RecountReport } from "./findings/report.js";
import { type RecountOptions, recountElection } from "./recount.js";
import { waitForSeals } from "./wait-for-seals.js";

/**
 * Recounts an election; one that has ended, once every partition is sealed and nothing of the log
 * is left undecided.
 *
 * @param waitMs how long to wait for that
 * @throws VoteError `not-sealed` after that time, unless damage explains it: the report names it
 */
export async function recountWhenSealed(
  options: RecountOptions & {
    readonly waitMs: number;
    readonly clock?: Clock;
    /** Hears that the reading begins, of so many partitions. */
    readonly onStart?: (partitions: number) => void;
  },
): Promise<RecountReport> {
  const { election: id, registry, ledger, log, clock, waitMs: timeoutMs } = options;
  const { record, changes } = await registry.history(id);
  const election = changes.at(-1)?.election ?? record;
  const hasEnded = election?.status === "closed" || election?.status === "certified";
  const unsealed = hasEnded
    ? await waitForSeals({ election, ledger, log, clock, timeoutMs }).then(
        () => undefined,
        (error: unknown) => error,
      )
    : undefined;
  options.onStart?.(election?.partitions ?? 0);
  const report = await recountElection(options);
  if (unsealed !== undefined && report.agrees) throw unsealed;
  return report;
}
