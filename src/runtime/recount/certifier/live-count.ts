import type { Election } from "../../core/election.js";
import type { CertifiedPartition } from "../../core/formats/certificate.js";
import { decodeSegment } from "../../core/formats/segment.js";
import type { LedgerReader } from "../../ledger/port.js";
import type { Clock } from "../../time/clock.js";
import type { PartitionView, View } from "../../view/port.js";
import { Mismatch } from "../findings/mismatch.js";
import { describePlace } from "../findings/report.js";

interface LiveCountOptions {
  readonly election: Election;
  /** By a recount that has verified them. */
  readonly seals: readonly CertifiedPartition[];
  readonly ledger: LedgerReader;
  readonly view: Pick<View, "get">;
  readonly clock: Pick<Clock, "sleep">;
  readonly signal?: AbortSignal | undefined;
}

/** The view follows the ledger within moments, or it was lost. */
const behindForMs = 5_000;
const pollMs = 100;

/**
 * Compares what the view shows of each partition with the votes up to its seal. The view may be
 * lost at any time: a partition that it does not show up to there is not compared.
 *
 * @returns how many partitions were compared
 * @throws VoteError `recount-mismatch` naming the first that differs
 */
export async function compareLiveCount(options: LiveCountOptions): Promise<number> {
  const { election, seals } = options;
  const shown = await untilShown(options);
  let compared = 0;
  for (const seal of seals) {
    const one = shown.get(seal.partition);
    if (one === undefined || one.sequence < seal.sequence) continue;
    await compareOne(options, election, seal, one);
    compared++;
  }
  return compared;
}

async function untilShown({ election, seals, view, clock, signal }: LiveCountOptions) {
  for (let waitedMs = 0; ; waitedMs += pollMs) {
    const { partitions = [] } = (await view.get(election.id).catch(() => undefined)) ?? {};
    const shown = new Map(partitions.map((one) => [one.partition, one]));
    const isBehind = seals.some(
      ({ partition, sequence }) => (shown.get(partition)?.sequence ?? -1) < sequence,
    );
    if (!isBehind || waitedMs >= behindForMs || signal?.aborted) return shown;
    await clock.sleep(pollMs, signal);
  }
}

async function compareOne(
  { ledger }: LiveCountOptions,
  { id, candidates }: Election,
  { partition, sequence }: CertifiedPartition,
  { counts }: PartitionView,
): Promise<void> {
  const bytes = await ledger.get({ election: id, partition, sequence });
  if (bytes === undefined) return;
  const place = describePlace(id, { partition, sequence });
  const sealed = decodeSegment(bytes, place);
  for (const [index, candidate] of candidates.entries()) {
    const [live, votes] = [counts[index] ?? 0, sealed.counts[index]];
    if (live === votes) continue;
    throw new Mismatch(
      `${place}: the live count has ${live} votes for ${candidate.id}, the recount ${votes}.`,
      {
        finding: "live-count",
        place: { partition, sequence },
        hint:
          "Ledger and log agree, and the view does not. Find out who wrote it; then " +
          `\`vote recount --election ${id}\` certifies the recount's figures.`,
      },
    );
  }
}
