import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { QueuedConnection, RequestQueue } from "./request-queue.js";

/** How many bytes the parser gets at once. It handles all requests in them without a pause. */
const sliceBytes = 1_024;

/**
 * A connection of an HTTP server that hands its bytes to Node's parser in small slices.
 *
 * Node reads up to 64 KiB at once and handles every request in them before anything else: 1,400
 * small ones, if a client pipelines. This class stops reading from a client that sends requests
 * without waiting for answers, and lets its connection take turns with the others.
 */
export class PacedConnection implements QueuedConnection {
  readonly socket: Socket;
  readonly #queue: RequestQueue;
  readonly #parse: (bytes: Buffer) => void;
  readonly #pause: () => Socket;
  readonly #resume: () => Socket;
  /** Bytes that were received but not handed to the parser yet. */
  #unparsed: Buffer | undefined;
  /** How many of the next bytes belong to a body for certain, and so begin no request. */
  #bodyBytes = 0;
  #sliceLength = 0;
  #begun = 0;
  #unanswered = 0;
  /** Node itself paused the socket, because a body or the answers are not read fast enough. */
  #pausedByNode = false;
  #held = false;
  #detached = false;
  isQueued = false;

  /** @param socket not paused, with Node's parser as its only listener on `data` */
  constructor(socket: Socket, queue: RequestQueue) {
    this.socket = socket;
    this.#queue = queue;
    const [parse] = socket.listeners("data") as ((bytes: Buffer) => void)[];
    this.#parse = parse;
    this.#pause = socket.pause.bind(socket);
    this.#resume = socket.resume.bind(socket);
    // With a listener of ours, Node's parser reads from the stream and not past it.
    socket.on("data", this.#onData);
    socket.removeListener("data", parse);
    socket.pause = () => {
      this.#pausedByNode = true;
      return this.#pause();
    };
    socket.resume = () => {
      this.#pausedByNode = false;
      this.#continue();
      return this.#held ? socket : this.#resume();
    };
  }

  /** Whether the client waits for us: for the turn of its bytes, or for us to read on. */
  get isWaiting(): boolean {
    return this.#unparsed !== undefined || this.#held;
  }

  /** Counts a request that the parser has just found. */
  begin(request: IncomingMessage, response: ServerResponse): void {
    this.#begun++;
    this.#unanswered++;
    this.#queue.unanswered++;
    const bodyBytes = Number(request.headers["content-length"] ?? 0);
    // Some of them may already be in this slice.
    this.#bodyBytes = Math.max(0, bodyBytes - this.#sliceLength);
    response.once("close", this.#onAnswered);
  }

  /** Parses until nothing is left, or another's turn comes. @returns how many requests began */
  advance(maxRequests: number): number {
    const before = this.#begun;
    while (this.#mayParse() && this.#begun - before < maxRequests) this.#parseSlice();
    if (!this.socket.writable) this.#unparsed = undefined;
    this.#holdOrRelease();
    return this.#begun - before;
  }

  /** Leaves the socket and its unparsed bytes to whatever takes the connection over. */
  detach(): void {
    this.#detached = true;
    this.#held = false;
    this.socket.removeListener("data", this.#onData);
    if (this.#unparsed !== undefined) this.socket.unshift(this.#unparsed);
    this.#unparsed = undefined;
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#unparsed = this.#unparsed === undefined ? chunk : Buffer.concat([this.#unparsed, chunk]);
    if (!this.isQueued) this.advance(this.#queue.requestsAtOnce);
  };

  readonly #onAnswered = (): void => {
    this.#unanswered--;
    this.#queue.unanswered--;
    if (this.#held) this.#continue();
  };

  #mayParse(): boolean {
    return (
      this.#unparsed !== undefined &&
      !this.#pausedByNode &&
      this.socket.writable &&
      this.#unanswered < this.#queue.maxUnanswered
    );
  }

  #parseSlice(): void {
    const bytes = this.#unparsed as Buffer;
    const length = Math.min(bytes.length, Math.max(sliceBytes, this.#bodyBytes));
    this.#sliceLength = length;
    this.#bodyBytes = Math.max(0, this.#bodyBytes - length);
    this.#unparsed = length === bytes.length ? undefined : bytes.subarray(length);
    this.#parse(length === bytes.length ? bytes : bytes.subarray(0, length));
  }

  #holdOrRelease(): void {
    if (this.#detached) return;
    const hold = this.#unparsed !== undefined || this.#unanswered >= this.#queue.maxUnanswered;
    if (hold !== this.#held) {
      this.#held = hold;
      if (hold) this.#pause();
      else if (!this.#pausedByNode) this.#resume();
    }
    if (hold) this.#continue();
  }

  /** Queues for another turn if there is something to do. */
  #continue(): void {
    const idle = this.#unparsed === undefined && !this.#held;
    if (this.#detached || idle || this.isQueued) return;
    if (this.#unparsed !== undefined && !this.#mayParse()) return;
    if (this.#unanswered < this.#queue.maxUnanswered) this.#queue.add(this);
  }
}
