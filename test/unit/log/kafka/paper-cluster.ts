import type {
  FetchRequest,
  KafkaCluster,
} from "../../../../src/runtime/log/kafka/client/client.js";

type Answer = Awaited<ReturnType<Awaited<ReturnType<KafkaCluster["findBroker"]>>["fetch"]>>;

/** Brokers on paper: even partitions are led by one, odd ones by the other. */
export class PaperCluster implements KafkaCluster {
  readonly logs = new Map<number, Buffer[]>();
  /** How far a fetch sees each partition, where it does not see all. */
  readonly visible = new Map<number, number>();
  readonly fetches: { leader: string; request: FetchRequest }[] = [];
  readonly failures: unknown[] = [];
  readonly removed: string[] = [];
  refreshes = 0;
  underWay = 0;
  mostUnderWay = 0;

  async connect(): Promise<void> {}
  async disconnect(): Promise<void> {}
  async addTargetTopic(): Promise<void> {}

  async refreshMetadata(): Promise<void> {
    this.refreshes++;
  }

  removeBroker({ host, port }: { host: string; port: number }): void {
    this.removed.push(`${host}:${port}`);
  }

  findLeaderForPartitions(_topic: string, partitions: number[]): { [leader: string]: number[] } {
    const led: { [leader: string]: number[] } = {};
    for (const partition of partitions) {
      const leader = partition % 2 === 0 ? "even" : "odd";
      led[leader] = [...(led[leader] ?? []), partition];
    }
    return led;
  }

  async findBroker({ nodeId }: { nodeId: string }) {
    return { fetch: (request: FetchRequest) => this.#fetch(nodeId, request) };
  }

  async fetchTopicsOffset(topics: { topic: string; partitions: { partition: number }[] }[]) {
    return topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition }) => ({
        partition,
        offset: String(this.logs.get(partition)?.length ?? 0),
      })),
    }));
  }

  async #fetch(leader: string, request: FetchRequest): Promise<Answer> {
    this.fetches.push({ leader, request });
    this.underWay++;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    await new Promise((resolve) => setTimeout(resolve, 1));
    this.underWay--;
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    return {
      responses: request.topics.map(({ topic, partitions }) => ({
        topicName: topic,
        partitions: partitions.map(({ partition, fetchOffset }) => ({
          partition,
          messages: this.#messages(partition, Number(fetchOffset)),
        })),
      })),
    };
  }

  /** Whole batches of two, as a broker gives them: the first may begin before the position. */
  #messages(partition: number, from: number) {
    const log = this.logs.get(partition) ?? [];
    const end = this.visible.get(partition) ?? log.length;
    const start = from - (from % 2);
    return log
      .slice(start, end)
      .map((value, index) => ({ offset: String(start + index), value }))
      .slice(0, from < end ? undefined : 0);
  }
}

export const paperLog = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, index) => Buffer.from(`frame ${index}`));
