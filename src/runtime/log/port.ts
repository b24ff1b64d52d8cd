/**
 * The log: durable, partitioned, append-only frames, one topic per election. Positions count a
 * partition's records; they grow, but not always by one.
 *
 * How one frame passes through:
 *
 * 1. Ingest gathers ballots of one partition into a frame and calls `append`. Embedded: one LMDB
 *    transaction for all frames given (embedded/log.ts). Kafka: each topic's frames are queued and
 *    sent as record batches, one record per frame (kafka/appender.ts).
 * 2. `append` resolves with the frame's position once the frame is on disk, or in every in-sync
 *    replica. A failed or late append leaves the outcome unknown; ingest sends the same bytes
 *    again, so a frame may be in the log twice. The tally recognizes the ballots by their ids.
 * 3. A tally that has called `subscribe` belongs to the group that shares the partitions (embedded/
 *    group.ts, kafka/consume/membership.ts). It is `assigned` some and says where to read from: the
 *    position stored in its last segment. The log itself keeps no positions that matter.
 * 4. The partition's reader (embedded/reader.ts; kafka/consume/: pump, fetch, feed) gives its
 *    records to `records`, in order, one call at a time, until the partition is `revoked`.
 * 5. A recount and a reconciliation read the same frames with `read` and `end`, outside the group.
 */

/** A frame to append. */
export interface OutgoingFrame {
  readonly election: string;
  readonly partition: number;
  readonly bytes: Uint8Array;
}

/** A frame as it stands in the log. */
export interface FrameRecord {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** An election's topic. */
export interface Topic {
  readonly election: string;
  readonly partitions: number;
}

/** Called within a long call, it says that the call goes on: nobody is to take it for stuck. */
export type SignOfLife = () => void;

/** A tally's work on the partitions that the log assigns to it. */
export interface PartitionHandler {
  /**
   * Called when the partition becomes this member's.
   * @returns the position to read from
   */
  assigned(topic: Topic, partition: number, alive: SignOfLife): Promise<number>;
  /**
   * Called with records in order, at least one. The next call comes once this one has resolved, so
   * a slow handler slows down reading. Partitions are handled concurrently.
   * @returns the position to read from next: after the last record, or elsewhere after a reload
   */
  records(
    topic: Topic,
    partition: number,
    records: readonly FrameRecord[],
    alive: SignOfLife,
  ): Promise<number>;
  /**
   * Called when the partition is no longer this member's, after the last `records` has resolved.
   */
  revoked(topic: Topic, partition: number): Promise<void>;
  /**
   * Called when one of the calls above has failed. Resolves when it is to be tried again, from
   * `assigned` on, or when the partition is to be let go; until then nothing of it is read.
   */
  failed(topic: Topic, partition: number, error: unknown, letGo: AbortSignal): Promise<void>;
}

/** Membership of the group that shares the partitions. */
export interface Subscription {
  /** Finishes the calls under way, revokes every partition, and leaves the group. */
  stop(): Promise<void>;
}

/** See the head of this file. */
export interface Log {
  /** Idempotent. */
  createTopic(topic: Topic): Promise<void>;
  /**
   * Resolves once every frame is durable, with their positions in the same order. After a
   * rejection, any of them may be in the log: send the same bytes again.
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
  /** The partitions that hold records, in order, of a topic that need not exist. */
  partitions(election: string): Promise<number[]>;
  /** The position that the partition's next record will get. */
  end(election: string, partition: number): Promise<number>;
  /**
   * Joins the group that shares the topics' partitions. New topics are picked up automatically.
   * @param topics called repeatedly for the topics to read
   */
  subscribe(topics: () => Promise<Topic[]>, handler: PartitionHandler): Promise<Subscription>;
  /**
   * How many members of the group are alive that share the election's partitions.
   * @throws VoteError `log-unavailable`
   */
  members(election: string): Promise<number>;
  close(): Promise<void>;
}

/** What an auditor uses of a log. */
export type LogReader = Pick<Log, "read" | "end">;
