import { VoteError } from "../core/errors.js";
import type { Log, OutgoingFrame } from "../log/port.js";
import { OpenFrame } from "./open-frame.js";
import type { Poll } from "./election-cache.js";

/** Time as the batcher sees it, so that a simulation can bring its own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Once the input that is there now has been handled. */
  nextTick(): Promise<void>;
  /** The promise's outcome, or undefined if it has none within `ms`. */
  within<T>(ms: number, promise: Promise<T>): Promise<T | undefined>;
}

export interface BatcherOptions {
  readonly log: Log;
  readonly clock: Clock;
  /** 16 random bytes, of this process alone. */
  readonly producerId: Uint8Array;
  /** Frames wait at most this long for company. They wait less the fewer ballots come. */
  readonly maxLingerMs?: number;
  /** A frame that the log does not take is sent again for this long, then given up. */
  readonly retryForMs?: number;
  /** More than this in memory and requests are shed. */
  readonly maxWaitingBallots?: number;
  readonly maxWaitingRequests?: number;
}

export interface BatcherFigures {
  /** Ballots that are durable. */
  readonly acknowledged: number;
  /** Ballots that the log did not confirm in time: their outcome is unknown. */
  readonly unconfirmed: number;
  /** That the log has taken. */
  readonly frames: number;
  /** Appends that failed; each is tried again for a while. */
  readonly retries: number;
  readonly waitingBallots: number;
  readonly waitingRequests: number;
}

/** One append carries no more than this, if it has more than one frame. */
const maxAppendBallots = 100_000;
/** With so many ballots in the last append the whole linger pays; with fewer, in proportion. */
const fullLoadBallots = 1_000;
const firstBackoffMs = 10;
const maxBackoffMs = 500;
/** An append has at least this long, however long its frames have waited for their turn. */
const minAppendMs = 1_000;
/** A log that failed counts as failing for this long after the last attempt. */
const failingForMs = 2_000;

/**
 * Gathers ballots into frames, one for each partition, and appends all that is there in one go:
 * while one append is under way the next frames fill. A frame's requests hear of it exactly once:
 * when it is durable, or when it has been given up.
 */
export class Batcher {
  readonly #options: BatcherOptions;
  readonly #maxLingerMs: number;
  readonly #retryForMs: number;
  readonly #maxWaitingBallots: number;
  readonly #maxWaitingRequests: number;
  /** Frames with ballots that no append has taken yet, and their polls. */
  #gathered: { readonly frame: OpenFrame; readonly poll: Poll }[] = [];
  #running: Promise<void> | undefined;
  #lastAppendBallots = 0;
  #waitingBallots = 0;
  #waitingRequests = 0;
  #failure: { readonly error: VoteError; readonly at: number } | undefined;
  #acknowledged = 0;
  #unconfirmed = 0;
  #frames = 0;
  #retries = 0;

  constructor(options: BatcherOptions) {
    this.#options = options;
    this.#maxLingerMs = options.maxLingerMs ?? 5;
    this.#retryForMs = options.retryForMs ?? 10_000;
    this.#maxWaitingBallots = options.maxWaitingBallots ?? 250_000;
    this.#maxWaitingRequests = options.maxWaitingRequests ?? 20_000;
  }

  /** Why the log does not take frames just now, if so. */
  get failure(): VoteError | undefined {
    if (this.#failure === undefined) return undefined;
    const old = this.#options.clock.now() - this.#failure.at > failingForMs;
    return old && this.#running === undefined ? undefined : this.#failure.error;
  }

  /** Since the start, and what waits just now. */
  get figures(): BatcherFigures {
    return {
      acknowledged: this.#acknowledged,
      unconfirmed: this.#unconfirmed,
      frames: this.#frames,
      retries: this.#retries,
      waitingBallots: this.#waitingBallots,
      waitingRequests: this.#waitingRequests,
    };
  }

  /**
   * To be asked before a request's ballots are added.
   *
   * @throws VoteError `overloaded`
   */
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

  /** The frame that takes the next ballot of a partition. The caller adds one ballot at least. */
  frameFor(poll: Poll, partition: number): OpenFrame {
    const open = poll.open[partition];
    if (open !== undefined && !open.full) return open;
    const openedAt = this.#options.clock.now();
    const frame = new OpenFrame(poll.election.id, partition, openedAt, poll.sizes[partition]);
    poll.open[partition] = frame;
    this.#gathered.push({ frame, poll });
    this.#running ??= this.#run();
    return frame;
  }

  /** To be told of what was added to frames since: ballots, and entries in their `waiting`. */
  added(ballots: number, requests: number): void {
    this.#waitingBallots += ballots;
    this.#waitingRequests += requests;
  }

  /** Resolves once every ballot added so far has its answer. */
  async drained(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    while (this.#gathered.length > 0) {
      const lingerMs = this.#lingerMs();
      await (lingerMs < 1 ? clock.nextTick() : clock.sleep(lingerMs));
      await this.#append(this.#take());
    }
    this.#running = undefined;
  }

  #lingerMs(): number {
    const load = Math.min(1, this.#lastAppendBallots / fullLoadBallots);
    const since = this.#options.clock.now() - this.#gathered[0].frame.openedAt;
    return Math.floor(this.#maxLingerMs * load - since);
  }

  /** Closes and seals what has gathered, oldest first. */
  #take(): { readonly frames: OpenFrame[]; readonly outgoing: OutgoingFrame[] } {
    const frames: OpenFrame[] = [];
    const outgoing: OutgoingFrame[] = [];
    let ballots = 0;
    for (const { frame, poll } of this.#gathered) {
      const { election, partition, count } = frame;
      if (ballots > 0 && ballots + count > maxAppendBallots) break;
      ballots += count;
      if (poll.open[partition] === frame) poll.open[partition] = undefined;
      poll.sizes[partition] = count;
      const bytes = frame.seal(this.#options.producerId, ++poll.sequences[partition]);
      frames.push(frame);
      outgoing.push({ election, partition, bytes });
    }
    this.#gathered = this.#gathered.slice(frames.length);
    this.#lastAppendBallots = ballots;
    return { frames, outgoing };
  }

  async #append(taken: { frames: OpenFrame[]; outgoing: OutgoingFrame[] }): Promise<void> {
    const { frames, outgoing } = taken;
    try {
      const positions = await this.#appendWithRetries(outgoing, frames[0].openedAt);
      frames.forEach((frame, index) => {
        frame.position = positions[index];
      });
      this.#frames += frames.length;
    } catch (cause) {
      const failure = givenUp(cause);
      for (const frame of frames) frame.failure = failure;
    }
    for (const frame of frames) {
      if (frame.failure === undefined) this.#acknowledged += frame.count;
      else this.#unconfirmed += frame.count;
      this.#waitingBallots -= frame.count;
      this.#waitingRequests -= frame.waiting.length;
      for (const waiting of frame.waiting) waiting.settled(frame);
    }
  }

  /** The same bytes each time: the tally knows a ballot that comes twice by its id. */
  async #appendWithRetries(outgoing: OutgoingFrame[], openedAt: number): Promise<number[]> {
    const { log, clock } = this.#options;
    const giveUpAt = openedAt + this.#retryForMs;
    for (let backoffMs = firstBackoffMs; ; backoffMs = Math.min(backoffMs * 2, maxBackoffMs)) {
      try {
        const leftMs = Math.max(minAppendMs, giveUpAt - clock.now());
        const positions = await clock.within(leftMs, log.append(outgoing));
        if (positions === undefined) throw new Error(`the log did not answer in ${leftMs} ms`);
        this.#failure = undefined;
        return positions;
      } catch (cause) {
        this.#failure = { error: asFailure(cause), at: clock.now() };
        this.#retries++;
        if (clock.now() + backoffMs >= giveUpAt) throw cause;
        await clock.sleep(backoffMs);
      }
    }
  }
}

function asFailure(cause: unknown): VoteError {
  return new VoteError("log-unavailable", "The log does not take ballots right now.", { cause });
}

function givenUp(cause: unknown): VoteError {
  return new VoteError("log-unavailable", "The log did not confirm that the ballot is durable.", {
    hint: "Its outcome is unknown. Sending it again with the same ballotId is safe.",
    cause,
  });
}
