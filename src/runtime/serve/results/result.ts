import type { Result, Watermark } from "../../contracts/http/result.js";
import type { Election } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import type { Certificate } from "../../core/formats/certificate.js";
import { rejectionReasons, rejectionsByName } from "../../core/formats/decision.js";
import type { PartitionView } from "../../view/port.js";

/** Adds up the running result. Pure. */
export function runningResultOf(election: Election, partitions: readonly PartitionView[]): Result {
  return resultOf(election, partitions, {
    counts: election.candidates.map((_, index) => sumOf(partitions, (p) => p.counts[index])),
    rejected: rejectionsByName(
      rejectionReasons.map((_, index) => sumOf(partitions, (p) => p.rejections[index])),
    ),
  });
}

/**
 * The certificate's result. Pure.
 *
 * @param partitions as of their seals
 * @throws VoteError `recount-mismatch` if the certificate lacks a candidate of the election
 */
export function officialResultOf(
  election: Election,
  certificate: Certificate,
  partitions: readonly PartitionView[],
): Result {
  const { rejected, digest, certifiedAt } = certificate;
  const votes = new Map(certificate.result.map((line) => [line.candidate, line.votes]));
  const counts = election.candidates.map(({ id }) => {
    const count = votes.get(id);
    if (count !== undefined) return count;
    const detail = `The certificate of election ${election.id} lacks candidate ${id}.`;
    throw new VoteError("recount-mismatch", detail);
  });
  return resultOf(election, partitions, { counts, rejected, digest, certifiedAt });
}

/** The watermark of each partition. */
export function watermarksOf(partitions: readonly PartitionView[]): Watermark[] {
  return partitions.map(({ partition, sequence, position, sealed }) => ({
    partition,
    sequence,
    position,
    sealed,
  }));
}

interface Totals extends Pick<Result, "rejected" | "digest" | "certifiedAt"> {
  /** Votes in the election's order of candidates. */
  readonly counts: readonly number[];
}

function resultOf(
  election: Election,
  partitions: readonly PartitionView[],
  { counts, rejected, ...certified }: Totals,
): Result {
  const counted = counts.reduce((sum, votes) => sum + votes, 0);
  const official = certified.digest !== undefined;
  // Segments, changes of the election and certificates only become more, and so does their sum.
  const segments = sumOf(partitions, (partition) => partition.sequence + 1);
  return {
    election: election.id,
    title: election.title,
    status: election.status,
    ...hoursOf(election),
    official,
    revision: segments + election.revision + (official ? 1 : 0),
    counted,
    rejected,
    retriesAbsorbed: sumOf(partitions, (partition) => partition.retriesAbsorbed),
    result: election.candidates.map(({ id, name }, index) => {
      const votes = counts[index];
      return { candidate: id, name, votes, share: counted === 0 ? 0 : votes / counted };
    }),
    sealedPartitions: partitions.filter((partition) => partition.sealed).length,
    partitions: election.partitions,
    ...certified,
  };
}

function hoursOf({ opensAt, openedAt, closesAt, closedAt }: Election) {
  return {
    ...(opensAt === undefined ? {} : { opensAt }),
    ...(openedAt === undefined ? {} : { openedAt }),
    ...(closesAt === undefined ? {} : { closesAt }),
    ...(closedAt === undefined ? {} : { closedAt }),
  };
}

function sumOf(
  partitions: readonly PartitionView[],
  figure: (partition: PartitionView) => number,
): number {
  return partitions.reduce((sum, partition) => sum + figure(partition), 0);
}
