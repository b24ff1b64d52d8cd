import type { Result, Watermark } from "../../contracts/result.js";
import type { Election } from "../../core/election.js";
import { rejectionReasons, rejectionsByName } from "../../core/formats/decision.js";
import type { ElectionView, OfficialResult, PartitionView } from "../../view/port.js";

/** Adds up an election's view. Pure. */
export function resultOf(election: Election, view: ElectionView): Result {
  const { official, partitions } = view;
  const running = election.candidates.map((_, index) => sumOf(partitions, (p) => p.counts[index]));
  const counts = official?.counts ?? running;
  const counted = counts.reduce((sum, votes) => sum + votes, 0);
  return {
    election: election.id,
    title: election.title,
    status: election.status,
    official: official !== undefined,
    revision: revisionOf(election, partitions, official),
    counted,
    rejected: official?.rejected ?? runningRejections(partitions),
    retriesAbsorbed: sumOf(partitions, (partition) => partition.retriesAbsorbed),
    result: election.candidates.map(({ id, name }, index) => {
      const votes = counts[index] ?? 0;
      return { candidate: id, name, votes, share: counted === 0 ? 0 : votes / counted };
    }),
    sealedPartitions: partitions.filter((partition) => partition.sealed).length,
    partitions: election.partitions,
    ...(official && { digest: official.digest, certifiedAt: official.certifiedAt }),
  };
}

/** The watermark of each partition in a view. */
export function watermarksOf(view: ElectionView): Watermark[] {
  return view.partitions.map(({ partition, sequence, position, sealed }) => ({
    partition,
    sequence,
    position,
    sealed,
  }));
}

/**
 * The numbers of segments, changes of the election and certificates only grow, and so their sum.
 */
function revisionOf(
  election: Election,
  partitions: readonly PartitionView[],
  official: OfficialResult | undefined,
): number {
  const segments = sumOf(partitions, (partition) => partition.sequence + 1);
  return segments + election.revision + (official === undefined ? 0 : 1);
}

function runningRejections(partitions: readonly PartitionView[]): Record<string, number> {
  return rejectionsByName(
    rejectionReasons.map((_, index) => sumOf(partitions, (p) => p.rejections[index])),
  );
}

function sumOf(
  partitions: readonly PartitionView[],
  figure: (partition: PartitionView) => number | undefined,
): number {
  return partitions.reduce((sum, partition) => sum + (figure(partition) ?? 0), 0);
}
