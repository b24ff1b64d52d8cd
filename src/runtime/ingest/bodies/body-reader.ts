import type { Readable } from "node:stream";
import { VoteError } from "../../core/errors.js";

/** The room for a body of unknown length. */
const firstBytes = 64 * 1_024;
/** More than this is not kept for later bodies. */
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
    let body = this.#take(length ?? firstBytes);
    let received = 0;
    const onData = (chunk: Buffer) => {
      const end = received + chunk.length;
      if (end > this.#maxBytes) {
        stop();
        done(tooLarge());
        return;
      }
      if (end > body.length) body = this.#larger(body, received, end);
      body.set(chunk, received);
      received = end;
    };
    const onEnd = () => {
      stop();
      if (length === undefined || length === received) done(null, body.subarray(0, received));
      else done(incomplete());
    };
    const onError = (cause: Error) => {
      stop();
      done(incomplete(cause));
    };
    const stop = () => {
      payload.off("data", onData).off("end", onEnd).off("error", onError);
    };
    payload.on("data", onData).on("end", onEnd).on("error", onError);
  }

  /** Takes back a body that nobody reads any more. */
  release(body: Buffer): void {
    const { byteLength } = body.buffer;
    if (this.#freeBytes + byteLength > maxFreeBytes) return;
    this.#freeBytes += byteLength;
    this.#free.push(Buffer.from(body.buffer));
  }

  #take(bytes: number): Buffer {
    const free = this.#free.pop();
    if (free !== undefined) this.#freeBytes -= free.length;
    if (free !== undefined && free.length >= bytes) return free;
    // The next body is about as long, and should fit.
    const room = Math.max(firstBytes, 2 ** Math.ceil(Math.log2(bytes)));
    return Buffer.allocUnsafeSlow(room);
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
