import type { FrameRecord, PartitionHandler, Topic } from "../port.js";

/** The log's methods that a reader uses. */
export interface ReadableLog {
  read(topic: Topic, partition: number, position: number, maxBytes: number): Promise<FrameRecord[]>;
  end(topic: Topic, partition: number): number;
}

/** About one segment at a time: more would make ballots wait for their commit. */
const maxReadBytes = 320 * 1_024;

/** A member is silent only if its whole process is: a long call costs nobody a partition. */
const needless = () => undefined;

/** Feeds one owned partition to the handler, in order, one call at a time. */
export class PartitionReader {
  readonly #topic: Topic;
  readonly #partition: number;
  readonly #log: ReadableLog;
  readonly #handler: PartitionHandler;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #position = 0;
  #wake: (() => void) | undefined;

  constructor(topic: Topic, partition: number, log: ReadableLog, handler: PartitionHandler) {
    this.#topic = topic;
    this.#partition = partition;
    this.#log = log;
    this.#handler = handler;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Wakes the reader if it waits for records and there are some. */
  poll(): void {
    if (this.#wake === undefined) return;
    if (this.#log.end(this.#topic, this.#partition) > this.#position) this.#wake();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        this.#position = await this.#handler.assigned(this.#topic, this.#partition, needless);
        while (!signal.aborted) await this.#step();
      } catch (error) {
        await this.#handler.failed(this.#topic, this.#partition, error, signal);
      }
    }
    await this.#handler.revoked(this.#topic, this.#partition);
  }

  async #step(): Promise<void> {
    const [topic, partition, position] = [this.#topic, this.#partition, this.#position];
    const records = await this.#log.read(topic, partition, position, maxReadBytes);
    if (records.length > 0) {
      this.#position = await this.#handler.records(topic, partition, records, needless);
      return;
    }
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (this.#stopping.signal.aborted) resolve();
    });
    this.#wake = undefined;
  }
}
