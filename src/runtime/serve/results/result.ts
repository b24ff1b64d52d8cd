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

/** Up to where one partition is in the figures. */
export interface Watermark {
  readonly partition: number;
  /** The ledger segment the figures are as of. */
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
  /** These are the recount's certified figures, not the running ones. */
  readonly official: boolean;
  /** Grows with every change of anything here, the same in every serve process. */
  readonly revision: number;
  readonly counted: number;
  /** By reason; reasons without a rejection are left out. */
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

/** How far the tallies are behind the log; only said when it is more than a moment. */
export interface Behind {
  /** The log's records (frames of ballots, and close markers) that are not in the figures yet. */
  readonly records: number;
  /** In so many partitions. */
  readonly partitions: number;
  /** At this time a record stood in the log that the figures still lack: ms since the epoch. */
  readonly since: number;
}

/** The result with what is wrong with it, if anything is. */
export interface LiveResult extends Result {
  /** The newest attempt to read failed: these figures are as of `asOf`. */
  readonly stale?: true;
  /** Milliseconds since the epoch; only when stale. */
  readonly asOf?: number;
  readonly behind?: Behind;
}

/** One election's figures from its view. Pure. */
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

export function watermarksOf(view: ElectionView): Watermark[] {
  return view.partitions.map(({ partition, sequence, position, sealed }) => ({
    partition,
    sequence,
    position,
    sealed,
  }));
}

/** Segments, changes of the election's record, and the certificate all only ever grow. */
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
