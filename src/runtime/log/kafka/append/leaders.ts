import type { KafkaCluster } from "../client/client.js";

/**
 * Knows which broker leads each partition. Asks all brokers at once and believes the first answer,
 * over connections of its own: a broker that hangs, or is busy with a send, delays nobody.
 */
export class LeaderLookup {
  readonly #cluster: KafkaCluster;
  #connected: Promise<void> | undefined;

  constructor(cluster: KafkaCluster) {
    this.#cluster = cluster;
  }

  /** The id of each partition's leader. Partitions without a leader are left out. */
  async leaders(topic: string): Promise<Map<number, string>> {
    await this.#connect(topic);
    // One that was made anew knows no broker yet.
    if (this.#cluster.getNodeIds().length === 0) await this.#cluster.refreshMetadata();
    const answers = this.#cluster.getNodeIds().map(async (nodeId) => {
      const broker = await this.#cluster.findBroker({ nodeId: String(nodeId) });
      return broker.metadata([topic]);
    });
    const { topicMetadata } = await Promise.any(answers).catch(firstReason);
    const partitions = topicMetadata.find((one) => one.topic === topic)?.partitionMetadata ?? [];
    const led = partitions.filter(({ leader }) => leader >= 0);
    return new Map(led.map(({ partitionId, leader }) => [partitionId, String(leader)]));
  }

  close(): Promise<void> {
    return this.#cluster.disconnect();
  }

  /** The client learns the brokers' addresses together with a first topic. */
  #connect(topic: string): Promise<void> {
    this.#connected ??= this.#cluster
      .connect()
      .then(() => this.#cluster.addTargetTopic(topic))
      .catch((error: unknown) => {
        this.#connected = undefined;
        throw error;
      });
    return this.#connected;
  }
}

function firstReason(error: unknown): never {
  throw error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
}
