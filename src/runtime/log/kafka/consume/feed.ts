import type { FrameRecord, PartitionHandler, SignOfLife, Topic } from "../../port.js";

/** About one segment at a time: more would make ballots wait for their commit. */
const maxCallBytes = 320 * 1_024;
/** Reads this far ahead, so that the next records are there when a commit is done. */
const maxQueuedBytes = 1_024 * 1_024;
/**
 * A call is a commit, which costs about the same for ten ballots as for a thousand. Under load,
 * records gather for this long since the last call; the first after a lull is passed on at once.
 */
const defaultCallIntervalMs = 80;

export interface FeedOptions {
  readonly topic: Topic;
  readonly partition: number;
  readonly handler: PartitionHandler;
  /** Called when there is something new to fetch. */
  readonly wake: () => void;
  /** Called when the handler has dealt with everything before this position. */
  readonly passed: (partition: number, position: number) => void;
  readonly now: () => number;
  /** The least time between the starts of two calls, unless a full one is waiting. Default 80. */
  readonly callIntervalMs?: number;
}

/**
 * Feeds one partition to the handler, in order, one call at a time, from its assignment to its
 * revocation. Only records of the latest request get through: an answer that was under way before
 * a rebalance or a rewind never reaches the handler.
 */
export class PartitionFeed {
  readonly #options: FeedOptions;
  readonly #stopping = new AbortController();
  #queue: FrameRecord[] = [];
  #queuedBytes = 0;
  /** The next position to fetch, once the handler has said where to start. */
  #fetchFrom: number | undefined;
  #suspended = false;
  #failure: unknown;
  #wakeUp: (() => void) | undefined;
  #running: Promise<void> = Promise.resolve();
  #callingSince: number | undefined;
  #calledAt = Number.NEGATIVE_INFINITY;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Finishes the call under way, then revokes the partition. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wakeUp?.();
    await this.#running;
  }

  /** While suspended, because membership is in doubt, no call starts; the state is kept. */
  suspend(suspended: boolean): void {
    this.#suspended = suspended;
    if (!suspended) this.#wakeUp?.();
  }

  /** The position to fetch from; undefined while there is no room for more. */
  get fetchPosition(): number | undefined {
    const ready = !this.#suspended && !this.#stopping.signal.aborted;
    return ready && this.#queuedBytes < maxQueuedBytes ? this.#fetchFrom : undefined;
  }

  /** When the handler's current call began or last showed life; undefined between calls. */
  get callingSince(): number | undefined {
    return this.#callingSince;
  }

  /** @param from the position that was asked for */
  deliver(from: number, records: readonly FrameRecord[]): void {
    if (from !== this.#fetchFrom || records.length === 0) return;
    for (const record of records) {
      this.#queue.push(record);
      this.#queuedBytes += record.bytes.length;
    }
    this.#fetchFrom = records[records.length - 1].position + 1;
    this.#wakeUp?.();
  }

  /** Reports that the records from a position cannot be read, however often one asks. */
  fail(from: number, error: unknown): void {
    if (from !== this.#fetchFrom) return;
    this.#failure = error;
    this.#wakeUp?.();
  }

  async #run(): Promise<void> {
    const { topic, partition, handler } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        this.#goTo(await this.#timed((alive) => handler.assigned(topic, partition, alive)));
        while (!signal.aborted) await this.#step();
      } catch (error) {
        this.#fetchFrom = undefined;
        await handler.failed(topic, partition, error, signal);
      }
    }
    await handler.revoked(topic, partition);
  }

  async #step(): Promise<void> {
    const { topic, partition, handler, passed, wake } = this.#options;
    if (this.#failure !== undefined) {
      const failure = this.#failure;
      this.#failure = undefined;
      throw failure;
    }
    if (this.#suspended || this.#queue.length === 0) {
      await this.#pause();
      return;
    }
    const restMs = this.#gathersFor();
    if (restMs > 0) {
      await this.#pause(restMs);
      return;
    }
    const records = this.#take();
    wake();
    this.#calledAt = this.#options.now();
    const expected = records[records.length - 1].position + 1;
    const next = await this.#timed((alive) => handler.records(topic, partition, records, alive));
    if (next !== expected) this.#goTo(next);
    passed(partition, next);
  }

  #gathersFor(): number {
    const { now, callIntervalMs = defaultCallIntervalMs } = this.#options;
    return this.#queuedBytes >= maxCallBytes ? 0 : this.#calledAt + callIntervalMs - now();
  }

  #goTo(position: number): void {
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#failure = undefined;
    this.#fetchFrom = position;
    this.#options.wake();
  }

  #take(): FrameRecord[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#queue.length) {
      const size = this.#queue[count].bytes.length;
      if (count > 0 && bytes + size > maxCallBytes) break;
      bytes += size;
      count++;
    }
    this.#queuedBytes -= bytes;
    return this.#queue.splice(0, count);
  }

  async #timed<T>(call: (alive: SignOfLife) => Promise<T>): Promise<T> {
    const alive = () => {
      this.#callingSince = this.#options.now();
    };
    alive();
    try {
      return await call(alive);
    } finally {
      this.#callingSince = undefined;
    }
  }

  async #pause(atMostMs?: number): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wakeUp = resolve;
      if (atMostMs !== undefined) timer = setTimeout(resolve, atMostMs);
    });
    clearTimeout(timer);
    this.#wakeUp = undefined;
  }
}
