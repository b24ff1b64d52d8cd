import { sleep } from "../../../time/clock.js";
import { withoutRepeats } from "../../../time/without-repeats.js";
import type { PartitionHandler, Subscription, Topic } from "../../port.js";
import type { KafkaCluster, MakeMember } from "../client/client.js";
import { topicName } from "../client/settings.js";
import { PartitionFeed } from "./feed.js";
import { TopicFetcher } from "./fetch.js";
import { GroupMembership } from "./membership.js";
import { TopicPump } from "./pump.js";

const topicsPollMs = 1_000;
const commitEveryMs = 1_000;

export interface SubscriptionOptions {
  readonly topics: () => Promise<Topic[]>;
  readonly handler: PartitionHandler;
  readonly makeMember: MakeMember;
  readonly makeCluster: () => KafkaCluster;
  /** A handler's call that shows no sign of life for longer makes this member leave meanwhile. */
  readonly stuckAfterMs: number;
  /** Called with each failure that is retried. */
  readonly notice: (topic: string, error: unknown) => void;
  readonly now: () => number;
}

/**
 * Joins one group for each topic, so that elections come and go without disturbing each other, and
 * one that cannot be read holds up no other.
 */
export class KafkaSubscription implements Subscription {
  readonly #options: SubscriptionOptions;
  readonly #stopping = new AbortController();
  readonly #shares = new Map<string, TopicShare>();
  /** Shares that are being given up. None holds up another topic, however long that takes. */
  readonly #leaving = new Map<string, Promise<void>>();
  #running: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  constructor(options: SubscriptionOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    await this.#balance();
    this.#running = this.#run();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#leave();
    return this.#stopped;
  }

  async #leave(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await Promise.all([...this.#shares.values()].map((share) => share.stop()));
    await Promise.all(this.#leaving.values());
    this.#shares.clear();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await sleep(topicsPollMs, signal);
      if (signal.aborted) return;
      // Retried in a second; the topics already known are read meanwhile.
      await this.#balance().catch((error: unknown) => this.#options.notice("topics", error));
    }
  }

  async #balance(): Promise<void> {
    const topics = await this.#options.topics();
    const wanted = new Map(topics.map((topic) => [topic.election, topic]));
    for (const [election, share] of this.#shares) {
      if (wanted.has(election)) continue;
      this.#shares.delete(election);
      this.#leaving.set(
        election,
        share.stop().finally(() => this.#leaving.delete(election)),
      );
    }
    for (const [election, topic] of wanted) {
      if (this.#shares.has(election) || this.#leaving.has(election)) continue;
      if (this.#stopping.signal.aborted) return;
      const share = new TopicShare(topic, this.#options);
      this.#shares.set(election, share);
      share.start();
    }
  }
}

/** This member's share of one topic's partitions. */
class TopicShare {
  readonly #topic: Topic;
  readonly #options: SubscriptionOptions;
  readonly #feeds = new Map<number, PartitionFeed>();
  readonly #leaving = new Map<number, Promise<void>>();
  readonly #membership: GroupMembership;
  readonly #pump: TopicPump;
  readonly #passed = new Map<number, number>();
  readonly #committer: NodeJS.Timeout;
  #wanted = new Set<number>();
  #doubtful = true;

  constructor(topic: Topic, options: SubscriptionOptions) {
    this.#topic = topic;
    this.#options = options;
    const name = topicName(topic.election);
    const notice = withoutRepeats((error) => options.notice(name, error), options.now);
    this.#pump = new TopicPump(new TopicFetcher(name, options.makeCluster()), this.#feeds, notice);
    this.#membership = new GroupMembership({
      topic: name,
      makeMember: options.makeMember,
      held: () => [...this.#feeds.keys()].filter((partition) => this.#wanted.has(partition)),
      assigned: (partitions) => this.#assign(partitions),
      doubtful: (doubtful) => this.#suspend(doubtful),
      stuck: () => this.#stuck(),
      notice,
      now: options.now,
    });
    this.#committer = setInterval(() => void this.#commit(), commitEveryMs);
  }

  start(): void {
    this.#pump.start();
    this.#membership.start();
  }

  async stop(): Promise<void> {
    this.#wanted = new Set();
    clearInterval(this.#committer);
    for (const partition of this.#feeds.keys()) this.#release(partition);
    await Promise.all(this.#leaving.values());
    await this.#commit();
    await Promise.all([this.#membership.stop(), this.#pump.stop()]);
  }

  /** Keeps what stays assigned undisturbed, and finishes what does not. */
  #assign(partitions: readonly number[]): void {
    // The topic may have more partitions than the election.
    this.#wanted = new Set(partitions.filter((partition) => partition < this.#topic.partitions));
    for (const partition of this.#feeds.keys()) {
      if (!this.#wanted.has(partition)) this.#release(partition);
    }
    for (const partition of this.#wanted) this.#take(partition);
  }

  #take(partition: number): void {
    // A partition that is still being finished is taken again afterwards.
    if (this.#feeds.has(partition) || this.#leaving.has(partition)) return;
    const feed = new PartitionFeed({
      topic: this.#topic,
      partition,
      handler: this.#options.handler,
      wake: () => this.#pump.wake(),
      passed: (from, position) => this.#passed.set(from, position),
      now: this.#options.now,
    });
    this.#feeds.set(partition, feed);
    feed.suspend(this.#doubtful);
    feed.start();
  }

  #release(partition: number): void {
    const feed = this.#feeds.get(partition);
    if (feed === undefined) return;
    this.#feeds.delete(partition);
    const leaving = feed.stop().finally(() => {
      this.#leaving.delete(partition);
      if (this.#wanted.has(partition)) this.#take(partition);
    });
    this.#leaving.set(partition, leaving);
  }

  #suspend(doubtful: boolean): void {
    if (doubtful === this.#doubtful) return;
    this.#doubtful = doubtful;
    for (const feed of this.#feeds.values()) feed.suspend(doubtful);
    this.#pump.wake();
  }

  #stuck(): boolean {
    const longAgo = this.#options.now() - this.#options.stuckAfterMs;
    return [...this.#feeds.values()].some(({ callingSince = Infinity }) => callingSince < longAgo);
  }

  async #commit(): Promise<void> {
    const positions = [...this.#passed];
    this.#passed.clear();
    if (positions.length > 0) await this.#membership.commit(positions);
  }
}
