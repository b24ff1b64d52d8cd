import { signFrames } from "../../../keys/frame-signature.js";
import type { SigningKey } from "../../../keys/signing.js";
import type { Log } from "../../../log/port.js";
import { backoffMs } from "../../../time/backoff.js";
import { ChunkJournal } from "../../measure/journal.js";
import {
  lingers,
  resendBackoff,
  type SendBounds,
  type Sender,
  type SenderContext,
  sendable,
} from "../sender.js";
import { type Chunk, FrameWriter, maxChunkBallots } from "./frame-writer.js";
import { warmUpFrames } from "./warm-up.js";

interface LogSenderOptions {
  readonly log: Log;
  readonly election: string;
  /** 16 bytes. */
  readonly instance: Uint8Array;
  readonly partitions: number;
  /** When it takes and acknowledges ballots. */
  readonly hours: { readonly takes: "yes" | "no" | "unsure"; readonly acknowledges: boolean };
  /** 16 random bytes. */
  readonly producerId: Uint8Array;
  readonly framesKey: SigningKey;
  /** The most ballots that may be appended and not yet durable. */
  readonly maxUnderWay: number;
}

/** The most chunks in one go: timers and answers must get their turn. */
const chunksAPump = 8;

/** Appends frames to the log, as an ingest does. */
export class LogSender implements Sender {
  readonly journal: ChunkJournal;
  readonly #context: SenderContext;
  readonly #options: LogSenderOptions;
  readonly #writer: FrameWriter;
  readonly #bounds: SendBounds;
  readonly #sends = new Set<Promise<void>>();
  #underWay = 0;

  constructor(context: SenderContext, options: LogSenderOptions) {
    this.#context = context;
    this.#options = options;
    this.#writer = new FrameWriter({
      account: context.account,
      ...options,
      keyId: options.framesKey.idBytes,
    });
    this.journal = new ChunkJournal(options.partitions);
    warmUpFrames(options.partitions);
    const maxChunk = maxChunkBallots(options.partitions);
    this.#bounds = { maxChunk, maxUnderWay: options.maxUnderWay };
  }

  pump(due: number): void {
    const { account, wallClock } = this.#context;
    const { takes } = this.#options.hours;
    if (takes === "unsure") return;
    for (let chunks = 0; chunks < chunksAPump; chunks++) {
      const count = sendable(due, account.sent, this.#underWay, this.#bounds);
      const isFull = count === this.#bounds.maxChunk;
      if (count === 0 || (!isFull && lingers(this.#context, this.#sends.size))) return;
      const chunk = this.#writer.write(count, wallClock());
      if (takes === "no") {
        this.#refuse(chunk);
        continue;
      }
      this.#underWay += count;
      const send = this.#send(chunk).finally(() => this.#sends.delete(send));
      this.#sends.add(send);
    }
  }

  /** Treats ballots after the end as an ingest does. */
  #refuse(chunk: Chunk): void {
    const { account } = this.#context;
    for (let index = chunk.from; index < chunk.to; index++) {
      account.refuse(index, "election-closed");
    }
    account.retriesSent -= chunk.retries;
    this.#writer.release(chunk);
  }

  async settled(): Promise<void> {
    while (this.#sends.size > 0) await Promise.all(this.#sends);
  }

  async close(): Promise<void> {}

  async #send(chunk: Chunk): Promise<void> {
    const { account, elapsed } = this.#context;
    const sentAt = elapsed();
    await signFrames(chunk.frames, this.#options.framesKey);
    const positions = await this.#appendUntilKnown(chunk);
    this.#underWay -= chunk.to - chunk.from;
    if (positions === undefined || !this.#options.hours.acknowledges) {
      account.unknown += chunk.to - chunk.from;
      return;
    }
    this.#acknowledged(chunk, positions, sentAt);
    this.#writer.release(chunk);
  }

  /** After a failure any frame may be in the log: only appending the same bytes again tells. */
  async #appendUntilKnown(chunk: Chunk): Promise<number[] | undefined> {
    const { account, elapsed, sleep, giveUpAfterMs } = this.#context;
    const giveUpAt = elapsed() + giveUpAfterMs;
    for (let failures = 1; ; failures++) {
      try {
        return await this.#options.log.append(chunk.frames);
      } catch {
        if (elapsed() >= giveUpAt) return undefined;
        account.resent += chunk.to - chunk.from + chunk.retries;
        await sleep(backoffMs(failures, resendBackoff));
      }
    }
  }

  /** A chunk's latency counts from its earliest ballot, so it is never better than the truth. */
  #acknowledged(chunk: Chunk, positions: readonly number[], sentAt: number): void {
    const { account, schedule, acknowledged, visible, elapsed } = this.#context;
    const now = elapsed();
    const intendedAt = schedule.timeOf(chunk.from);
    account.acknowledgeRange(chunk.from, chunk.to, chunk.firstVotes);
    account.retriesAcknowledged += chunk.retries;
    acknowledged(intendedAt, sentAt, chunk.to - chunk.from);
    const byPartition = new Float64Array(this.#options.partitions).fill(-1);
    chunk.frames.forEach(({ partition }, index) => {
      byPartition[partition] = positions[index];
      visible.expect(partition, positions[index], intendedAt, chunk.ballots[index]);
    });
    this.journal.add(chunk.from, chunk.to, now, byPartition);
  }
}
