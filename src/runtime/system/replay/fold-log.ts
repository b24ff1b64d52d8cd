import type { Election } from "../../core/election.js";
import type { Ledger } from "../../ledger/port.js";
import type { LogReader } from "../../log/port.js";
import { PartitionTally } from "../../tally/partition-tally.js";
import type { PartitionView } from "../../view/port.js";
import type { LedgerExtent } from "./ledger-extent.js";

interface FoldOptions {
  readonly election: Election;
  /** The election as each change left it, from revision 1 on. */
  readonly revisions: readonly Election[];
  readonly partition: number;
  readonly log: LogReader;
  /** What the election's ledger has made of this log. */
  readonly extent: LedgerExtent;
  /** Whether to go on behind that, to the log's end. */
  readonly toTheEnd: boolean;
  /** Receives the new chain. */
  readonly fresh: Ledger;
}

const readBytes = 4 * 1_024 * 1_024;

/**
 * Lets a tally decide a partition's log once more, each record by the revision of the election that
 * it was decided by before.
 *
 * @returns how many of the new segments decide what the election's ledger covers; all, if there is
 *   more to decide behind that
 * @throws VoteError `corrupt-frame` and where; what stands before it is in the fresh ledger
 */
export async function foldLog(options: FoldOptions): Promise<number> {
  const { election, revisions, partition, log, extent, toTheEnd, fresh: ledger } = options;
  const { stretches } = extent;
  const electionAt = (revision: number) => revisions[revision - 1] ?? election;
  let current = stretches.length === 0 ? election : electionAt(stretches[0].revision);
  let view: PartitionView | undefined;
  const tally = await PartitionTally.load({
    ...{ election: current, partition, log, ledger },
    reread: async () => current,
    events: { event: () => undefined },
    stopping: new AbortController().signal,
    committed: (after) => {
      view = after;
    },
  });
  const foldUntil = async (position: number) => {
    while (tally.position < position) {
      const read = await log.read(election.id, partition, tally.position, readBytes);
      const records = read.filter((one) => one.position < position);
      if (records.length === 0) return;
      if ((await tally.process(records)) === "fenced") {
        throw new Error("somebody else writes to the fresh ledger");
      }
    }
  };
  for (const { until, revision } of stretches) {
    current = electionAt(revision);
    await foldUntil(until);
  }
  const then = view;
  if (toTheEnd) {
    current = election;
    await foldUntil(Number.POSITIVE_INFINITY);
  }
  // Repetitions and records to pass over may stand behind the last segment that anybody needs.
  return decidedIn(view) === decidedIn(then)
    ? (then?.sequence ?? -1) + 1
    : Number.POSITIVE_INFINITY;
}

function decidedIn(view: PartitionView | undefined): string {
  const figures = [...(view?.counts ?? []), ...(view?.rejections ?? [])];
  return `${figures.reduce((sum, count) => sum + count, 0)} ${view?.sealed}`;
}
