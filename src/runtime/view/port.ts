/** One partition's absolute figures as of one segment. */
export interface PartitionView {
  readonly partition: number;
  /** The segment that these figures are as of; -1 when there is none yet. */
  readonly sequence: number;
  /** The log position up to which these figures count everything: the partition's watermark. */
  readonly position: number;
  /** By candidate index. */
  readonly counts: readonly number[];
  /** In the order of `rejectionReasons`. */
  readonly rejections: readonly number[];
  readonly retriesAbsorbed: number;
  readonly sealed: boolean;
}

export interface ElectionView {
  /** The figures set so far, by partition. */
  readonly partitions: readonly PartitionView[];
  /** When a recount last said that it is running, milliseconds since the epoch; 0 if it ended. */
  readonly recountingAt?: number;
}

/** A recount that has said nothing for so long has been killed. */
const maxSilenceMs = 15_000;

/**
 * Whether a recount of the election is running, by what it said last.
 *
 * @param now milliseconds since the epoch
 */
export function isRecounting(
  { recountingAt = 0 }: Pick<ElectionView, "recountingAt">,
  now: number,
): boolean {
  // One from the future was said by a wrong clock.
  return Math.abs(now - recountingAt) <= maxSilenceMs;
}

/** What became of figures, by the sequence that was stored before. */
export type SetOutcome = "set" | "same" | "newer";

/**
 * The read model of what is being counted. May be lost at any time and rebuilt from the ledger.
 * What is official stands in the certificate alone.
 */
export interface View {
  /**
   * Sets a partition's figures if their sequence is newer than the stored one.
   *
   * @returns "set", or how the stored sequence compares: "same" or "newer"
   * @throws VoteError `view-unavailable`
   */
  set(election: string, partition: PartitionView): Promise<SetOutcome>;
  /** Sets a partition's figures, whatever is stored: for whoever knows that it is wrong. */
  replace(election: string, partition: PartitionView): Promise<void>;
  /** @param at milliseconds since the epoch; 0 once it has ended */
  setRecounting(election: string, at: number): Promise<void>;
  get(election: string): Promise<ElectionView>;
  close(): Promise<void>;
}
