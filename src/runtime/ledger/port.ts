/** Where a segment stands: its identity in the ledger. */
export interface SegmentPlace {
  readonly election: string;
  readonly partition: number;
  readonly sequence: number;
}

/** The ledger: a chain of segments for each partition. Append-only; the source of truth. */
export interface Ledger {
  /**
   * Inserts if the place is free; resolves once durable. This one conditional write is what
   * exactly-once rests on. The bytes are the caller's again once this has settled.
   * @throws VoteError `ledger-unavailable`; the segment may be stored all the same
   */
  append(place: SegmentPlace, segment: Uint8Array): Promise<"appended" | "exists">;
  get(place: SegmentPlace): Promise<Uint8Array | undefined>;
  /** The end of the chain. Strongly consistent: sees every append that has resolved. */
  last(election: string, partition: number): Promise<Uint8Array | undefined>;
  /** Segments in order from a sequence on, up to the end of the chain. */
  read(election: string, partition: number, fromSequence: number): AsyncIterable<Uint8Array>;
}
