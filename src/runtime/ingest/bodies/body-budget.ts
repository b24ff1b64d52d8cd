import type { EventEmitter } from "node:events";
import { VoteError } from "../../core/errors.js";
import { maxBatchBodyBytes } from "../../core/limits.js";
import { roomFor } from "./body-room.js";

/** Bounds the memory that the bodies of all batches under way take together. */
export class BodyBudget {
  readonly #maxBytes: number;
  #takenBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Takes a body's share before the body is read: the memory that it is read into.
   *
   * @param length what the request says, in bytes; undefined if it does not
   * @param response whose `close` gives the share back, unless somebody has the body by then
   * @throws VoteError `overloaded`
   */
  take(length: number | undefined, response: Pick<EventEmitter, "once">): BodyShare {
    // A longer body is refused unread.
    const bytes = roomFor(Math.min(length ?? maxBatchBodyBytes, maxBatchBodyBytes));
    if (this.#takenBytes + bytes > this.#maxBytes) {
      throw new VoteError("overloaded", "Too many batches are under way.", {
        hint: "Nothing of this request was taken. Send it again later.",
      });
    }
    this.#takenBytes += bytes;
    const share = new BodyShare(() => {
      this.#takenBytes -= bytes;
    });
    response.once("close", () => share.responseClosed());
    return share;
  }
}

/** One body's share of the budget, which is given back once. */
export class BodyShare {
  readonly #onGivenBack: () => void;
  #isHeld = false;
  #isGivenBack = false;

  constructor(onGivenBack: () => void) {
    this.#onGivenBack = onGivenBack;
  }

  /** Says that the body is in use, even if its client goes away, until `giveBack`. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Says that nobody uses the body any more. */
  giveBack(): void {
    if (this.#isGivenBack) return;
    this.#isGivenBack = true;
    this.#onGivenBack();
  }

  /** Says that the request has its answer, or that its client has gone away. */
  responseClosed(): void {
    if (!this.#isHeld) this.giveBack();
  }
}
