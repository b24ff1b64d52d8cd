import { connect, type Socket } from "node:net";
import { findAnswer } from "../../load/send/http/http-message.js";

/** Options of `closedLoop`. */
export interface ClosedLoopOptions {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  /** Whole HTTP requests, sent over and over in this order. */
  readonly requests: readonly Buffer[];
  /** The status of a good answer. */
  readonly expected: number;
}

export interface ClosedLoopResult {
  readonly answered: number;
  readonly seconds: number;
  /** One for each answer, ascending. */
  readonly latenciesMs: Float64Array;
  /** The first answer with another status. */
  readonly unexpected: string | undefined;
}

/**
 * Keeps one request unanswered on each keep-alive connection. It reads only status and length of an
 * answer, so that the measurement is of the server.
 */
export async function closedLoop(options: ClosedLoopOptions): Promise<ClosedLoopResult> {
  const run = new Run(options);
  const start = performance.now();
  const sockets = Array.from({ length: options.connections }, () => run.open());
  try {
    await run.finished;
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  return {
    answered: run.latencies.length,
    seconds: (performance.now() - start) / 1000,
    latenciesMs: Float64Array.from(run.latencies).sort(),
    unexpected: run.unexpected,
  };
}

class Run {
  readonly #options: ClosedLoopOptions;
  readonly #stopAt: number;
  readonly latencies: number[] = [];
  readonly finished: Promise<void>;
  #finish: () => void = () => {};
  #fail: (error: Error) => void = () => {};
  unexpected: string | undefined;
  #next = 0;
  #busy = 0;

  constructor(options: ClosedLoopOptions) {
    this.#options = options;
    this.#stopAt = performance.now() + options.seconds * 1000;
    this.finished = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
  }

  open(): Socket {
    const { port, expected } = this.#options;
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    let sentAt = 0;
    let pending: Buffer | undefined;
    const send = () => {
      sentAt = performance.now();
      socket.write(this.#nextRequest());
    };
    this.#busy++;
    socket.on("connect", send);
    socket.on("error", this.#fail);
    socket.on("close", () => this.#fail(new Error("the server closed a connection")));
    socket.on("data", (chunk) => {
      const received = pending === undefined ? chunk : Buffer.concat([pending, chunk]);
      const answer = findAnswer(received, socket);
      pending = answer === undefined ? received : undefined;
      if (answer === undefined) return;
      const now = performance.now();
      this.latencies.push(now - sentAt);
      if (answer.status !== expected) this.unexpected ??= received.toString("latin1");
      if (now < this.#stopAt) send();
      else if (--this.#busy === 0) this.#finish();
    });
    return socket;
  }

  #nextRequest(): Buffer {
    const { requests } = this.#options;
    this.#next = (this.#next + 1) % requests.length;
    return requests[this.#next];
  }
}
