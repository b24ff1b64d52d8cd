import type { IngestMetrics } from "../../contracts/http/status.js";
import type { Election } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import { signFrames } from "../../keys/frame-signature.js";
import type { SigningKey } from "../../keys/signing.js";
import type { OutgoingFrame } from "../../log/port.js";
import { RecentTimes } from "../../telemetry/metrics.js";
import { within } from "../../time/clock.js";
import { TooLate } from "../election/deadline.js";
import type { BallotDraft } from "./ballot-draft.js";
import { FrameAppender, type FrameAppenderOptions } from "./frame-appender.js";
import {
  type Gathered,
  type Gathering,
  newGathering,
  type SealedFrame,
  slotOf,
} from "./gathering.js";
import { OpenFrame, type PendingAnswer } from "./open-frame.js";

export interface BatcherOptions extends FrameAppenderOptions {
  /** 16 random bytes that no other process has. */
  readonly producerId: Uint8Array;
  /** Signs the frames. */
  readonly framesKey: SigningKey;
  /** A frame waits at most this long for more ballots, and less the fewer arrive. Default 25. */
  readonly maxLingerMs?: number;
  /**
   * While few ballots arrive, the next appends wait this long for those of the round before:
   * fewer, larger ones cost the log less. Beyond it, a slow partition would hold up the others.
   * Default 20.
   */
  readonly maxRoundMs?: number;
  /** Requests that would take the batcher beyond these bounds are refused. */
  readonly maxWaitingBallots?: number;
  readonly maxWaitingRequests?: number;
}

/** With fewer ballots at a time, the next appends wait for those of the round before. */
const fullLoadBallots = 1_000;
/** Taking so many at once earns the next ones the whole linger; fewer, a share. */
const wholeLingerBallots = 5_000;
/** So many do not wait for more: a signature costs each of them little by now. */
const enoughBallots = 8_000;
/** How often they are counted meanwhile. */
const lingerStepMs = 5;

/**
 * Gathers ballots into frames. Each partition has one append under way at most, and while it is,
 * the partition's next frame fills; so a partition that the log is slow to take holds up no other.
 * Each answer that depends on a frame is settled exactly once: when the frame is durable, or when
 * it has been given up.
 */
export class Batcher {
  readonly #options: BatcherOptions;
  readonly #maxLingerMs: number;
  readonly #appender: FrameAppender;
  readonly #maxWaitingBallots: number;
  readonly #maxWaitingRequests: number;
  readonly #gatherings = new Map<string, Gathering>();
  #latest: Gathering | undefined;
  /** Frames that the next round appends, oldest first. */
  #gathered: Gathered[] = [];
  /** Frames whose partition has an append under way, oldest first. */
  readonly #behind: Gathered[] = [];
  #running: Promise<void> | undefined;
  /** Resolves once the latest appends have ended. */
  #round: Promise<unknown> = Promise.resolve();
  readonly #appends = new Set<Promise<void>>();
  #lastTakenBallots = 0;
  #waitingBallots = 0;
  #waitingRequests = 0;
  #acknowledged = 0;
  #unconfirmed = 0;
  #frames = 0;
  readonly #acknowledgeTimes = new RecentTimes();

  constructor(options: BatcherOptions) {
    this.#options = options;
    this.#maxLingerMs = options.maxLingerMs ?? 25;
    this.#appender = new FrameAppender(options);
    this.#maxWaitingBallots = options.maxWaitingBallots ?? 250_000;
    this.#maxWaitingRequests = options.maxWaitingRequests ?? 20_000;
  }

  /** Why the log takes no frames at the moment, if it does not. */
  get failure(): VoteError | undefined {
    return this.#appender.failure;
  }

  /** How long things took since the start. */
  get durations() {
    return { acknowledge: this.#acknowledgeTimes.sinceStart, append: this.#appender.times };
  }

  /** Counts since the start, and what is waiting. */
  get metrics(): IngestMetrics {
    return {
      acknowledged: this.#acknowledged,
      unconfirmed: this.#unconfirmed,
      frames: this.#frames,
      retries: this.#appender.retries,
      waitingBallots: this.#waitingBallots,
      waitingRequests: this.#waitingRequests,
      acknowledgeMs: this.#acknowledgeTimes.quantiles(this.#options.clock.now()),
    };
  }

  /** @throws VoteError `overloaded` if so many ballots cannot be added now */
  requireRoom(ballots: number): void {
    if (
      this.#waitingBallots + ballots <= this.#maxWaitingBallots &&
      this.#waitingRequests < this.#maxWaitingRequests
    ) {
      return;
    }
    throw new VoteError("overloaded", "Too many ballots are waiting to become durable.", {
      hint: "Nothing of this request was taken. Send it again later.",
    });
  }

  /**
   * Adds a ballot to its partition's frame. There must be room, see `requireRoom`: a request of
   * many ballots asks once for all of them.
   *
   * @param answer is settled with the frame, once for all the ballots that it has there
   * @param withReceipt whether the frame is to have one of this ballot
   * @returns the frame, in which the ballot is the last one now
   */
  add(
    election: Pick<Election, "id" | "instance" | "partitions">,
    draft: BallotDraft,
    answer: PendingAnswer,
    withReceipt = false,
  ): OpenFrame {
    const frame = this.#openFrame(this.#gatheringOf(election), draft.partition, withReceipt);
    frame.add(draft.key, draft.receivedAt, draft.choice);
    this.#waitingBallots++;
    if (frame.answers.at(-1) !== answer) {
      frame.answers.push(answer);
      this.#waitingRequests++;
    }
    return frame;
  }

  #gatheringOf(election: Pick<Election, "id" | "instance" | "partitions">): Gathering {
    const { id } = election;
    const latest = this.#latest;
    if (latest?.election === id) return latest;
    let gathering = this.#gatherings.get(id);
    if (gathering === undefined) {
      gathering = newGathering(election);
      this.#gatherings.set(id, gathering);
    }
    this.#latest = gathering;
    return gathering;
  }

  #openFrame(gathering: Gathering, partition: number, withReceipt: boolean): OpenFrame {
    const slot = slotOf(gathering, partition, withReceipt);
    const open = gathering.open[slot];
    if (open !== undefined && !open.full) return open;
    const openedAt = this.#options.clock.now();
    const { election, instance, sizes } = gathering;
    const home = { election, instance, partition };
    const frame = new OpenFrame(home, openedAt, sizes[slot], withReceipt);
    gathering.open[slot] = frame;
    const gathered = { frame, gathering };
    if (gathering.appending.has(partition)) this.#behind.push(gathered);
    else this.#gather(gathered);
    return frame;
  }

  #gather(gathered: Gathered): void {
    this.#gathered.push(gathered);
    this.#running ??= this.#run();
  }

  /** Resolves once every ballot added so far has its answer. */
  async drained(): Promise<void> {
    while (this.#running !== undefined || this.#appends.size > 0) {
      await (this.#running ?? Promise.race(this.#appends));
    }
  }

  async #run(): Promise<void> {
    const { clock, maxRoundMs = 20 } = this.#options;
    while (this.#gathered.length > 0) {
      if (this.#lastTakenBallots < fullLoadBallots) {
        await within(maxRoundMs, this.#round, clock);
      }
      await this.#linger();
      const taken = this.#take().map((one) => ({ ...one, signed: this.#seal(one) }));
      // The log joins appends that are made in the same turn.
      await Promise.allSettled(taken.map(({ signed }) => signed));
      const appends = taken.map((one) => this.#append(one));
      for (const append of appends) {
        this.#appends.add(append);
        void append.finally(() => this.#appends.delete(append));
      }
      this.#round = Promise.all(appends);
    }
    this.#running = undefined;
  }

  /** At least the requests that have arrived already share the append. */
  async #linger(): Promise<void> {
    const { clock } = this.#options;
    const ballots = () => this.#gathered.reduce((sum, { frame }) => sum + frame.count, 0);
    const lingerMs = this.#lingerMs();
    const until = clock.now() + lingerMs;
    // A clock that stands still ends the wait, too.
    let stepsLeft = Math.ceil(lingerMs / lingerStepMs);
    do {
      await clock.sleep(Math.min(until - clock.now(), lingerStepMs));
      stepsLeft--;
    } while (stepsLeft > 0 && clock.now() < until && ballots() < enoughBallots);
  }

  #lingerMs(): number {
    const load = Math.min(1, this.#lastTakenBallots / wholeLingerBallots);
    const since = this.#options.clock.now() - this.#gathered[0].frame.openedAt;
    return Math.floor(this.#maxLingerMs * load - since);
  }

  /** Takes one frame of each partition; a partition's further ones wait behind it. */
  #take(): Gathered[] {
    const taken: Gathered[] = [];
    let ballots = 0;
    for (const gathered of this.#gathered) {
      const { frame, gathering } = gathered;
      const { partition, count, withReceipts } = frame;
      if (gathering.appending.has(partition)) {
        this.#behind.push(gathered);
        continue;
      }
      gathering.appending.add(partition);
      const slot = slotOf(gathering, partition, withReceipts);
      if (gathering.open[slot] === frame) gathering.open[slot] = undefined;
      gathering.sizes[slot] = count;
      ballots += count;
      taken.push(gathered);
    }
    this.#gathered = [];
    this.#lastTakenBallots = ballots;
    return taken;
  }

  async #seal({ frame, gathering }: Gathered): Promise<OutgoingFrame> {
    const { producerId, framesKey } = this.#options;
    const { election, partition } = frame;
    const producerSequence = ++gathering.sequences[partition];
    const bytes = frame.seal({ producerId, producerSequence, keyId: framesKey.idBytes });
    await signFrames([{ bytes }], framesKey);
    return { election, partition, bytes };
  }

  async #append({ frame, gathering, signed }: SealedFrame): Promise<void> {
    const { election, partition, openedAt, count, answers } = frame;
    try {
      const position = await this.#appender.append(await signed, openedAt);
      const asking = this.#options.deadline.requireAhead(election);
      if (asking !== undefined) await asking;
      frame.position = position;
      this.#frames++;
      this.#acknowledged += count;
      const now = this.#options.clock.now();
      this.#acknowledgeTimes.add(now - openedAt, now);
    } catch (cause) {
      frame.failure = cause instanceof TooLate ? cause : givenUp(cause);
      this.#unconfirmed += count;
    }
    this.#endAppend(gathering, partition);
    this.#waitingBallots -= count;
    this.#waitingRequests -= answers.length;
    for (const answer of answers) answer.settled(frame);
  }

  #endAppend(gathering: Gathering, partition: number): void {
    gathering.appending.delete(partition);
    const next = this.#behind.findIndex(
      (one) => one.gathering === gathering && one.frame.partition === partition,
    );
    if (next !== -1) this.#gather(this.#behind.splice(next, 1)[0]);
  }
}

function givenUp(cause: unknown): VoteError {
  return new VoteError("log-unavailable", "The log did not confirm that the ballot is durable.", {
    hint: "Its outcome is unknown. Sending it again with the same ballotId is safe.",
    cause,
  });
}
