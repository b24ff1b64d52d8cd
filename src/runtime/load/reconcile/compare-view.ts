import type { Election } from "../../core/election.js";
import { rejectionReasons } from "../../core/formats/decision.js";
import type { Segment } from "../../core/formats/segment.js";
import type { PartitionView, View } from "../../view/port.js";
import type { LoadFindings } from "./findings.js";
import { addTotals, type DecisionTotals, emptyTotals } from "./totals.js";

/**
 * Compares what the view shows of each partition with the end of the partition's chain.
 *
 * @param ends each partition's last segment
 * @throws VoteError `view-unavailable`
 */
export async function compareView(
  view: View,
  election: Election,
  ends: readonly (Segment | undefined)[],
  findings: LoadFindings,
): Promise<{ totals: DecisionTotals; agrees: boolean }> {
  const shown = new Map<number, PartitionView>();
  for (const one of (await view.get(election.id)).partitions) shown.set(one.partition, one);
  const totals = emptyTotals(election.candidates.length);
  const before = findings.count("view-differs");
  for (const [partition, end] of ends.entries()) {
    const one = shown.get(partition);
    addTotals(totals, one);
    const differences = [
      ...election.candidates.map(({ id }, index) =>
        difference(`votes for ${id}`, one?.counts[index], end?.counts[index]),
      ),
      ...rejectionReasons.map((reason, index) =>
        difference(`ballots ${reason}`, one?.rejections[index], end?.rejections[index]),
      ),
    ].filter((text) => text !== undefined);
    if (differences.length === 0) continue;
    const sequence = end?.sequence ?? -1;
    const where = `partition ${partition}, segment ${sequence}`;
    const detail = `${where}: the view ${differences.join(", ")}`;
    findings.add("view-differs", () => ({ detail, partition, sequence }));
  }
  const agrees = findings.count("view-differs") === before;
  return { totals, agrees };
}

function difference(what: string, shown = 0, stored = 0): string | undefined {
  return shown === stored ? undefined : `shows ${shown} ${what}, the ledger has ${stored}`;
}
