import type {
  FetchRequest,
  KafkaCluster,
} from "../../../../src/runtime/log/kafka/client/client.js";

type Answer = Awaited<ReturnType<Awaited<ReturnType<KafkaCluster["findBroker"]>>["fetch"]>>;

/** The ids of the two brokers. */
export const even = "1";
export const odd = "2";

type Produce = Awaited<ReturnType<KafkaCluster["findBroker"]>>["produce"];

/**
 * Brokers on paper: even partitions are led by one, odd ones by the other, unless `leaders` says
 * otherwise.
 */
export class PaperCluster implements KafkaCluster {
  readonly leaders = new Map<number, string>();
  readonly sends: { leader: string; partitions: number[] }[] = [];
  /** The next position of each partition. */
  readonly ends = new Map<number, number>();
  /** Brokers that neither append nor answer. */
  readonly silent = new Set<string>();
  /** Partitions that refuse to append. */
  readonly refused = new Set<number>();
  /** Sends of all brokers wait in here, if it is there. */
  held: (() => void)[] | undefined;
  readonly logs = new Map<number, Buffer[]>();
  /** How far a fetch sees each partition, where it does not see all. */
  readonly visible = new Map<number, number>();
  /** Where partitions begin that have lost their first records. */
  readonly starts = new Map<number, number>();
  /** Partitions that the topic does not have. */
  readonly missing = new Set<number>();
  readonly fetches: { leader: string; request: FetchRequest }[] = [];
  readonly failures: unknown[] = [];
  readonly removed: string[] = [];
  connections = 0;
  refreshes = 0;
  underWay = 0;
  mostUnderWay = 0;

  async connect(): Promise<void> {
    this.connections++;
  }

  async disconnect(): Promise<void> {
    this.connections--;
  }

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
      if (this.missing.has(partition)) continue;
      const leader = this.#leaderOf(partition);
      led[leader] = [...(led[leader] ?? []), partition];
    }
    return led;
  }

  async findBroker({ nodeId }: { nodeId: string }) {
    return {
      fetch: (request: FetchRequest) => this.#fetch(nodeId, request),
      produce: (request: Parameters<Produce>[0]) => this.#produce(nodeId, request),
      metadata: async ([topic]: string[]) => this.#metadata(topic),
    };
  }

  getNodeIds(): string[] {
    return [even, odd];
  }

  /** Lets all answers go that were held back. */
  release(): void {
    const held = this.held ?? [];
    this.held = undefined;
    for (const answer of held) answer();
  }

  #leaderOf(partition: number): string {
    return this.leaders.get(partition) ?? (partition % 2 === 0 ? even : odd);
  }

  async fetchTopicsOffset(
    topics: { topic: string; partitions: { partition: number }[]; fromBeginning: boolean }[],
  ) {
    if (
      topics.some(({ partitions }) => partitions.some((one) => this.missing.has(one.partition)))
    ) {
      // As the client does.
      throw new TypeError("Cannot read properties of undefined (reading 'partitions')");
    }
    return topics.map(({ topic, partitions, fromBeginning }) => ({
      topic,
      partitions: partitions.map(({ partition }) => ({
        partition,
        offset: String(
          fromBeginning
            ? (this.starts.get(partition) ?? 0)
            : (this.logs.get(partition)?.length ?? 0),
        ),
      })),
    }));
  }

  async #produce(leader: string, { topicData }: Parameters<Produce>[0]) {
    const [{ partitions }] = topicData;
    this.sends.push({ leader, partitions: partitions.map(({ partition }) => partition) });
    if (this.silent.has(leader)) await new Promise(() => undefined);
    if (this.held !== undefined) await new Promise<void>((resolve) => this.held?.push(resolve));
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    if (partitions.some(({ partition }) => this.refused.has(partition))) throw new Error("refused");
    const answers = partitions.map(({ partition, messages }) => {
      const base = this.ends.get(partition) ?? 0;
      this.ends.set(partition, base + messages.length);
      return { partition, errorCode: 0, baseOffset: String(base) };
    });
    return { topics: [{ partitions: answers.reverse() }] };
  }

  #metadata(topic: string) {
    const partitionMetadata = Array.from({ length: 8 }, (_, partitionId) => ({
      partitionId,
      leader: Number(this.#leaderOf(partitionId)),
    }));
    return { topicMetadata: [{ topic, partitionMetadata }] };
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
    if (from < (this.starts.get(partition) ?? 0)) throw protocolError("OFFSET_OUT_OF_RANGE");
    const log = this.logs.get(partition) ?? [];
    const end = this.visible.get(partition) ?? log.length;
    const start = from - (from % 2);
    return log
      .slice(start, end)
      .map((value, index) => ({ offset: String(start + index), value }))
      .slice(0, from < end ? undefined : 0);
  }
}

/** As the client names what a broker refuses. */
export const protocolError = (type: string) => Object.assign(new Error(type), { type });

export const paperLog = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, index) => Buffer.from(`frame ${index}`));
