import { acknowledgedUntil } from "../../core/closing.js";
import type { Election } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import { announceMs } from "../../core/limits.js";
import type { Clock } from "../../time/clock.js";
import type { ClockCheck } from "../../time/clock-check.js";
import type { ElectionCache } from "./election-cache.js";

interface DeadlineOptions {
  readonly elections: ElectionCache;
  readonly clocks: ClockCheck;
  readonly clock: Clock;
}

/**
 * Knows until when ballots of an election are acknowledged. A record is believed here for as long
 * as an end is announced ahead: whoever closes waits at least twice that before the close markers,
 * from when the end is written. So what is acknowledged stands in front of them, although ballots
 * may have been taken before the end was known.
 */
export class Deadline {
  readonly #options: DeadlineOptions;

  constructor(options: DeadlineOptions) {
    this.#options = options;
  }

  /**
   * Checks that what the log confirms now may be acknowledged: at once while the record is young
   * enough; otherwise with a promise, once the registry has been asked.
   *
   * @throws TooLate if not, or if the registry does not say
   */
  requireAhead(election: string): Promise<void> | undefined {
    return this.#require(election, true);
  }

  /** Does the same, except that a registry that does not say is no reason not to try. */
  requireNotOver(election: string): Promise<void> | undefined {
    return this.#require(election, false);
  }

  #require(id: string, certain: boolean): Promise<void> | undefined {
    const { elections } = this.#options;
    const known = elections.fresh(id, announceMs);
    if (known !== undefined) {
      this.#judge(known.election, certain);
      return undefined;
    }
    return elections.get(id).then(
      ({ election }) => this.#judge(election, certain),
      () => {
        if (certain) throw new TooLate(id);
      },
    );
  }

  #judge(election: Election, certain: boolean): void {
    const { clock, clocks } = this.#options;
    const wrong = certain && !clocks.isRight;
    if (wrong || clock.wallClock() >= acknowledgedUntil(election)) throw new TooLate(election.id);
  }
}

/** What was sent may be in the log, or not; it was not there in time to be acknowledged. */
export class TooLate extends VoteError {
  constructor(election: string) {
    super("log-unavailable", `The ballot was not durable before election ${election} closed.`, {
      hint: "Its outcome is unknown. Sending it again with the same ballotId is safe.",
    });
  }
}
