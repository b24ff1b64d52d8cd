import { VoteError } from "../../core/errors.js";
import type { Log, OutgoingFrame } from "../../log/port.js";
import { DurationHistogram } from "../../telemetry/duration-histogram.js";
import { retry } from "../../time/backoff.js";
import type { Chance } from "../../time/chance.js";
import { type Clock, within } from "../../time/clock.js";
import { type Deadline, TooLate } from "../election/deadline.js";

/** Options of a `FrameAppender`. */
export interface FrameAppenderOptions {
  readonly log: Log;
  readonly clock: Clock;
  /** Default: the machine's. */
  readonly chance?: Chance;
  /** What the log confirms after an election's deadline is not acknowledged. */
  readonly deadline: Deadline;
  /** A frame that the log refuses is sent again for this long, then given up. Default 10,000. */
  readonly retryForMs?: number;
}

const backoff = { firstMs: 10, maxMs: 500 };
/** An append has at least this long, however long its frames have waited for their turn. */
const minAppendMs = 1_000;
/** A log that failed counts as failing for this long after the last attempt. */
const failingForMs = 2_000;

/** Appends frames to the log, again and again while it fails, and knows whether it does. */
export class FrameAppender {
  readonly #options: FrameAppenderOptions;
  readonly #retryForMs: number;
  #failure: { readonly error: VoteError; readonly at: number } | undefined;
  #underWay = 0;
  /** Attempts that failed, since the start. */
  retries = 0;
  /** How long the appends took that succeeded. */
  readonly times = new DurationHistogram();

  constructor(options: FrameAppenderOptions) {
    this.#options = options;
    this.#retryForMs = options.retryForMs ?? 10_000;
  }

  /** Why the log takes no frames at the moment, if it does not. */
  get failure(): VoteError | undefined {
    if (this.#failure === undefined) return undefined;
    const old = this.#options.clock.now() - this.#failure.at > failingForMs;
    return old && this.#underWay === 0 ? undefined : this.#failure.error;
  }

  /**
   * Appends a frame. Sends the same bytes each time: the tally recognises a repeated ballot by its
   * id.
   *
   * @param openedAt when the frame's first ballot arrived, by the clock's `now`
   * @returns its position
   * @throws the log's error once it is given up, or TooLate
   */
  async append(outgoing: OutgoingFrame, openedAt: number): Promise<number> {
    const giveUpAt = openedAt + this.#retryForMs;
    const giveUpAfterMs = giveUpAt - this.#options.clock.now();
    const mayPass = (cause: unknown) => !(cause instanceof TooLate);
    this.#underWay++;
    try {
      const bounds = { ...backoff, giveUpAfterMs, mayPass };
      return await retry(() => this.#attempt(outgoing, giveUpAt), bounds, this.#options);
    } finally {
      this.#underWay--;
    }
  }

  async #attempt(outgoing: OutgoingFrame, giveUpAt: number): Promise<number> {
    const { log, clock, deadline } = this.#options;
    // From then on it could only come to stand behind the close marker.
    const asking = deadline.requireNotOver(outgoing.election);
    // Appends of one turn are joined, so there is no pause unless there must be.
    if (asking !== undefined) await asking;
    const startedAt = clock.now();
    try {
      const leftMs = Math.max(minAppendMs, giveUpAt - clock.now());
      const [position] = (await within(leftMs, log.append([outgoing]), clock)) ?? [];
      if (position === undefined) throw new Error(`the log did not answer in ${leftMs} ms`);
      this.#failure = undefined;
      this.times.add(clock.now() - startedAt);
      return position;
    } catch (cause) {
      this.#failure = { error: asFailure(cause), at: clock.now() };
      this.retries++;
      throw cause;
    }
  }
}

function asFailure(cause: unknown): VoteError {
  return new VoteError("log-unavailable", "The log does not take ballots right now.", { cause });
}
