import type { Election, ElectionStatus } from "../../core/election.js";
import { rejectionReasons, rejectionsByName } from "../../core/formats/decision.js";
import type { ElectionView, OfficialResult, PartitionView } from "../../view/port.js";

export interface ResultLine {
  readonly candidate: string;
  readonly name: string;
  readonly votes: number;
  /** 0 to 1 of the counted votes; 0 while there are none. */
  readonly share: number;
}

/** How far the figures cover one partition. */
export interface Watermark {
  readonly partition: number;
  /** The last ledger segment in the figures. */
  readonly sequence: number;
  /** Log position after the last ballot taken into account. */
  readonly position: number;
  readonly sealed: boolean;
}

/** What `GET /v1/elections/{id}/result` answers. */
export interface Result {
  readonly election: string;
  readonly title: string;
  readonly status: ElectionStatus;
  /** True for the recount's certified figures, false for the running ones. */
  readonly official: boolean;
  /** Grows with every change of the result; the same in every serve process. */
  readonly revision: number;
  readonly counted: number;
  /** By reason; reasons that have no rejections are left out. */
  readonly rejected: Readonly<Record<string, number>>;
  readonly retriesAbsorbed: number;
  /** In the election's order of candidates. */
  readonly result: readonly ResultLine[];
  readonly sealedPartitions: number;
  readonly partitions: number;
  /** The certificate's digest; only when official. */
  readonly digest?: string;
  /** Milliseconds since the epoch; only when official. */
  readonly certifiedAt?: number;
}

/** How far the tallies are behind the log; present only if that is more than a moment. */
export interface Behind {
  /** Log records (frames and close markers) that the figures lack. */
  readonly records: number;
  /** How many partitions they are in. */
  readonly partitions: number;
  /** Milliseconds since the epoch: a record in the log at this time is still missing. */
  readonly since: number;
}

/** A result and how fresh it is. */
export interface LiveResult extends Result {
  /** The last attempt to read failed: these figures are as of `asOf`. */
  readonly stale?: true;
  /** Milliseconds since the epoch; only when stale. */
  readonly asOf?: number;
  readonly behind?: Behind;
}

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
