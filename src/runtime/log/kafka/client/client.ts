/**
 * The parts of the Kafka client that the log uses, as interfaces: only kafka.ts knows the SDK.
 */

/** One partition's part of an answer to a fetch. */
export interface FetchedPartition {
  readonly partition: number;
  readonly messages: readonly { readonly offset: string; readonly value: Buffer | null }[];
}

export interface FetchRequest {
  readonly isolationLevel: number;
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly topics: {
    topic: string;
    partitions: { partition: number; fetchOffset: string; maxBytes: number }[];
  }[];
}

/** The broker's answer for the record batch of one partition. */
export interface ProducedBatch {
  readonly partition: number;
  readonly errorCode: number;
  readonly baseOffset?: string;
}

export interface KafkaBroker {
  /** Sends one record batch for each partition. */
  produce(request: {
    acks: number;
    timeout: number;
    topicData: {
      topic: string;
      partitions: { partition: number; messages: { value: Buffer }[] }[];
    }[];
  }): Promise<{
    readonly topics: readonly { readonly partitions: readonly ProducedBatch[] }[];
  }>;
  metadata(topics: string[]): Promise<{
    readonly topicMetadata: readonly {
      readonly topic: string;
      readonly partitionMetadata: readonly { partitionId: number; leader: number }[];
    }[];
  }>;
  fetch(request: FetchRequest): Promise<{
    readonly responses: readonly {
      readonly topicName: string;
      readonly partitions: readonly FetchedPartition[];
    }[];
  }>;
}

/** Metadata and connections, as the client hands them to its assigners. */
export interface KafkaCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  refreshMetadata(): Promise<void>;
  getNodeIds(): readonly (number | string)[];
  removeBroker(place: { host: string; port: number }): void;
  findLeaderForPartitions(topic: string, partitions: number[]): { [leader: string]: number[] };
  findBroker(node: { nodeId: string }): Promise<KafkaBroker>;
  fetchTopicsOffset(
    topics: { topic: string; partitions: { partition: number }[]; fromBeginning: boolean }[],
  ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>;
}

export interface MemberListener {
  /** Called with this member's partitions whenever the group rebalances. */
  assigned(partitions: readonly number[]): void;
  /** Called when the coordinator has confirmed the membership. */
  beat(generation: number): void;
  /** Called when the membership has ended by itself; a new one must be made. */
  ended(error: unknown): void;
}

/** One membership of the group of one topic: made, joined, left, never used again. */
export interface KafkaMember {
  /** Resolves once the group has been joined, or has called `ended`. */
  join(): Promise<void>;
  commit(positions: readonly (readonly [partition: number, position: number])[]): Promise<void>;
  leave(): Promise<void>;
}

/** Makes one membership. */
export type MakeMember = (
  topic: string,
  claim: () => Claim,
  listener: MemberListener,
) => KafkaMember;

/** The partitions that a joining member holds, and the group generation that assigned them. */
export interface Claim {
  readonly generation: number;
  readonly partitions: readonly number[];
}
