/**
 * The log: durable, partitioned, append-only frames. One topic an election.
 * Positions count a partition's records; they grow but need not be contiguous.
 */

export interface OutgoingFrame {
  readonly election: string;
  readonly partition: number;
  readonly bytes: Uint8Array;
}

export interface FrameRecord {
  readonly position: number;
  readonly bytes: Uint8Array;
}

export interface Topic {
  readonly election: string;
  readonly partitions: number;
}

/** What a tally does with the partitions that the log assigns to it. */
export interface PartitionHandler {
  /**
   * The partition is this member's from now on.
   * @returns the position to read from
   */
  assigned(topic: Topic, partition: number): Promise<number>;
  /**
   * Records in order, at least one. The next call comes once this one has resolved, so a slow
   * handler holds the log back. Partitions are handled side by side.
   * @returns the position to read from next: after the last record, or elsewhere after a reload
   */
  records(topic: Topic, partition: number, records: readonly FrameRecord[]): Promise<number>;
  /** The partition is another member's from now on; comes after the last `records` resolved. */
  revoked(topic: Topic, partition: number): Promise<void>;
  /** A call above failed, and is tried again from `assigned`. */
  failed(topic: Topic, partition: number, error: unknown): void;
}

export interface Subscription {
  /** Finishes what is being handled, revokes every partition, leaves the group. */
  stop(): Promise<void>;
}

export interface Log {
  /** Idempotent. */
  createTopic(topic: Topic): Promise<void>;
  /**
   * Resolves once every frame is durable, with their positions in the same order. After a
   * rejection any of them may be in the log, so send the same bytes again.
   * @throws VoteError `log-unavailable`
   */
  append(frames: readonly OutgoingFrame[]): Promise<number[]>;
  /**
   * Records from a position on, in order; empty at the end.
   * @param maxBytes stops after the record that passes it, so at least one comes if there is one
   */
  read(
    election: string,
    partition: number,
    fromPosition: number,
    maxBytes: number,
  ): Promise<FrameRecord[]>;
  /** The position that the partition's next record will get. */
  end(election: string, partition: number): Promise<number>;
  /**
   * Joins the group that shares all partitions of the topics. Takes part in new topics by itself.
   * @param topics asked again and again for what there is to read
   */
  subscribe(topics: () => Promise<Topic[]>, handler: PartitionHandler): Promise<Subscription>;
  close(): Promise<void>;
}
