import type { Readable } from "node:stream";
import { VoteError } from "../../core/errors.js";
import { leastRoomBytes, roomFor } from "./body-room.js";

/** No more than this is kept for later bodies, beside what the bodies under way take. */
const maxFreeBytes = 16 * 2 ** 20;

type Done = (error: Error | null, body?: Buffer) => void;

/**
 * Reads the bodies of batches into memory that later bodies use again. Were each to leave its own
 * behind, 250,000 ballots a second would make the garbage collector walk through the whole heap
 * several times a second (docs/performance.md).
 */
export class BodyReader {
  readonly #maxBytes: number;
  readonly #free: Buffer[] = [];
  #freeBytes = 0;

  /** @param maxBytes of one body */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Reads a whole body.
   *
   * @param length what the request says; undefined if it does not
   * @param done   hears of VoteError `body-too-large` or `bad-request`, or gets the body, which its
   *   reader gives back with `release`
   */
  read(payload: Readable, length: number | undefined, done: Done): void {
    if (length !== undefined && length > this.#maxBytes) {
      done(tooLarge());
      return;
    }
    let body = this.#take(length ?? leastRoomBytes);
    let received = 0;
    const onData = (chunk: Buffer) => {
      const end = received + chunk.length;
      if (end > this.#maxBytes) {
        fail(tooLarge());
        return;
      }
      if (end > body.length) body = this.#larger(body, received, end);
      body.set(chunk, received);
      received = end;
    };
    const onEnd = () => {
      if (length !== undefined && length !== received) {
        fail(incomplete());
        return;
      }
      stop();
      done(null, body.subarray(0, received));
    };
    const onError = (cause: Error) => fail(incomplete(cause));
    const stop = () => {
      payload.off("data", onData).off("end", onEnd).off("error", onError);
    };
    const fail = (error: VoteError) => {
      // From here on nothing is written into the memory that the next body takes.
      stop();
      this.release(body);
      done(error);
    };
    payload.on("data", onData).on("end", onEnd).on("error", onError);
  }

  /** Takes back a body that nobody reads any more. */
  release(body: Buffer): void {
    const { byteLength } = body.buffer;
    if (byteLength > maxFreeBytes) return;
    this.#freeBytes += byteLength;
    this.#free.push(Buffer.from(body.buffer));
    // What has lain there longest is of a size that few bodies have now.
    while (this.#freeBytes > maxFreeBytes) this.#forget(0);
  }

  /** Gives a short body no long one's memory: it would hold more than its share of the budget. */
  #take(bytes: number): Buffer {
    const room = roomFor(bytes);
    const at = this.#free.findLastIndex(({ length }) => length === room);
    return at === -1 ? Buffer.allocUnsafeSlow(room) : this.#forget(at);
  }

  #forget(at: number): Buffer {
    const [free] = this.#free.splice(at, 1);
    this.#freeBytes -= free.length;
    return free;
  }

  #larger(body: Buffer, received: number, bytes: number): Buffer {
    const larger = this.#take(bytes);
    larger.set(body.subarray(0, received));
    this.release(body);
    return larger;
  }
}

function tooLarge(): VoteError {
  return new VoteError("body-too-large", "The body is larger than this address takes.");
}

function incomplete(cause?: Error): VoteError {
  return new VoteError("bad-request", "The request's body is not complete.", { cause });
}
