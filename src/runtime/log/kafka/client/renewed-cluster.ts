import { type Clock, systemClock, within } from "../../../time/clock.js";
import type { KafkaBroker, KafkaCluster } from "./client.js";

/**
 * Longer than the client may take by its own limits for any call that is made here: connecting
 * again a few times, waiting for another call that connects, and the request.
 */
const patienceMs = 60_000;

export interface RenewedClusterOptions {
  readonly makeCluster: () => KafkaCluster;
  readonly clock?: Pick<Clock, "after">;
}

/** The client gave no answer, although it has limits of its own. */
export class ClientStandstill extends Error {
  constructor(what: string) {
    super(`The Kafka client did not end "${what}" within ${patienceMs / 1_000} s.`);
    this.name = "ClientStandstill";
  }
}

/**
 * A cluster object of the client (kafkajs 2.2.4) that is replaced by a new one once it can be of no
 * use any more; the new one looks up the same topics. The client comes to that in two ways. When
 * brokers are removed while it looks up which there are, it is left without the broker to ask
 * first, and every later look-up ends with a TypeError. And a request that is forgotten while
 * connections break holds up the calls behind it (of the kind of tulios/kafkajs#918 and #1167).
 */
export class RenewedCluster implements KafkaCluster {
  readonly #options: RenewedClusterOptions;
  readonly #topics = new Set<string>();
  #cluster: KafkaCluster;
  #connected: Promise<void> | undefined;

  constructor(options: RenewedClusterOptions) {
    this.#options = options;
    this.#cluster = options.makeCluster();
  }

  connect(): Promise<void> {
    this.#connected ??= this.#join().catch((error: unknown) => {
      this.#connected = undefined;
      throw error;
    });
    return this.#connected;
  }

  async addTargetTopic(topic: string): Promise<void> {
    await this.#call("addTargetTopic", (cluster) => cluster.addTargetTopic(topic));
    this.#topics.add(topic);
  }

  async refreshMetadata(): Promise<void> {
    await this.connect();
    await this.#call("refreshMetadata", (cluster) => cluster.refreshMetadata());
  }

  getNodeIds(): readonly (number | string)[] {
    return this.#cluster.getNodeIds();
  }

  removeBroker(place: { host: string; port: number }): void {
    this.#cluster.removeBroker(place);
  }

  findLeaderForPartitions(topic: string, partitions: number[]): { [leader: string]: number[] } {
    return this.#cluster.findLeaderForPartitions(topic, partitions);
  }

  async findBroker(node: { nodeId: string }): Promise<KafkaBroker> {
    await this.connect();
    const cluster = this.#cluster;
    const broker = await this.#call("findBroker", () => cluster.findBroker(node));
    const bounded = <T>(what: string, call: () => Promise<T>) => this.#call(what, call, cluster);
    return {
      produce: (request) => bounded("produce", () => broker.produce(request)),
      metadata: (topics) => bounded("metadata", () => broker.metadata(topics)),
      fetch: (request) => bounded("fetch", () => broker.fetch(request)),
    };
  }

  async fetchTopicsOffset(
    topics: Parameters<KafkaCluster["fetchTopicsOffset"]>[0],
  ): ReturnType<KafkaCluster["fetchTopicsOffset"]> {
    await this.connect();
    return this.#call("fetchTopicsOffset", (cluster) => cluster.fetchTopicsOffset(topics));
  }

  /** Resolves when it is disconnected, or has had its time. */
  async disconnect(): Promise<void> {
    this.#connected = undefined;
    await within(patienceMs, this.#cluster.disconnect(), this.#options.clock);
  }

  async #join(): Promise<void> {
    await this.#call("connect", (cluster) => cluster.connect());
    for (const topic of this.#topics) {
      await this.#call("addTargetTopic", (cluster) => cluster.addTargetTopic(topic));
    }
  }

  /** @throws ClientStandstill after which the cluster is another */
  async #call<T>(
    what: string,
    call: (cluster: KafkaCluster) => Promise<T>,
    cluster = this.#cluster,
  ): Promise<T> {
    const { clock = systemClock } = this.#options;
    const answered = call(cluster).then(
      (value) => ({ value }),
      (error: unknown) => {
        if (error instanceof TypeError) this.#renew(cluster);
        throw error;
      },
    );
    const answer = await within(patienceMs, answered, clock);
    if (answer !== undefined) return answer.value;
    this.#renew(cluster);
    throw new ClientStandstill(what);
  }

  #renew(stuck: KafkaCluster): void {
    // Several calls may have waited for the same.
    if (this.#cluster !== stuck) return;
    this.#cluster = this.#options.makeCluster();
    this.#connected = undefined;
    // It may wait for what it has forgotten.
    void stuck.disconnect().catch(() => undefined);
  }
}
