/**
 * The ledger: for each partition a chain of segments. Append-only; the source of truth.
 *
 * How one segment passes through:
 *
 * 1. A tally folds some frames, encodes their ballots, decisions and cumulative counts, with the
 *    log position behind them and the hash of the previous segment, and calls `append` with the
 *    next sequence.
 * 2. The store inserts it if that sequence is free: embedded in one LMDB transaction (embedded.ts),
 *    on DynamoDB with a condition on the one item (dynamodb.ts). Both refuse to leave a gap.
 * 3. "appended": decision and log position are durable together, and the tally publishes the
 *    counts. "exists": the tally compares what is stored. Its own bytes mean that an answer was
 *    lost; other bytes mean that another tally has taken over, so it drops its state and loads the
 *    chain again.
 * 4. A tally that starts reads the chain from its first segment with `read`: dedup keys, counts and
 *    the position to go on from are all in there. `last` answers how far the chain has come.
 * 5. The recount reads every chain with `read`, and checks hashes, sequences and counts with code
 *    of its own. It writes the result to the registry, never to the ledger.
 */

/** Where a segment stands: its identity in the ledger. */
export interface SegmentPlace {
  readonly election: string;
  readonly partition: number;
  readonly sequence: number;
}

/** See the head of this file. */
export interface Ledger {
  /**
   * Inserts if the place is free; resolves once durable. Exactly-once rests on this one conditional
   * write. Do not change the bytes before it has settled.
   * @throws VoteError `ledger-unavailable`; the segment may have been stored
   */
  append(place: SegmentPlace, segment: Uint8Array): Promise<"appended" | "exists">;
  get(place: SegmentPlace): Promise<Uint8Array | undefined>;
  /** The end of the chain. Strongly consistent: sees every append that has resolved. */
  last(election: string, partition: number): Promise<Uint8Array | undefined>;
  /**
   * The partitions that have a chain, by its first segment, in order: all below `maxPartitions`,
   * whether or not the election has them.
   */
  partitions(election: string): Promise<number[]>;
  /** Segments in order from a sequence on, up to the end of the chain. */
  read(election: string, partition: number, fromSequence: number): AsyncIterable<Uint8Array>;
}

/** What an auditor uses of a ledger. */
export type LedgerReader = Omit<Ledger, "append">;
