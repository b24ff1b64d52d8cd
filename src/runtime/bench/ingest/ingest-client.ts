import { connect, type Socket } from "node:net";

export interface ClosedLoopOptions {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  /** Whole HTTP requests, sent over and over in this order. */
  readonly requests: readonly Buffer[];
  /** What the first line of a good answer begins with, as "HTTP/1.1 202". */
  readonly expected: string;
}

export interface ClosedLoopResult {
  readonly answered: number;
  readonly seconds: number;
  /** Ascending, one for each answer. */
  readonly latenciesMs: Float64Array;
  /** The first answer that was not as expected. */
  readonly unexpected: string | undefined;
}

const headEnd = Buffer.from("\r\n\r\n");

/**
 * Keeps one request under way on each of some keep-alive connections. It reads no more of an answer
 * than its status and length, so that the server's core is what is measured.
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
      const answer = pending === undefined ? chunk : Buffer.concat([pending, chunk]);
      pending = isComplete(answer) ? undefined : answer;
      if (pending !== undefined) return;
      const now = performance.now();
      this.latencies.push(now - sentAt);
      if (answer.toString("latin1", 0, expected.length) !== expected) {
        this.unexpected ??= answer.toString("latin1");
      }
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

function isComplete(answer: Buffer): boolean {
  const end = answer.indexOf(headEnd);
  if (end === -1) return false;
  const head = answer.toString("latin1", 0, end);
  const length = /content-length: *(\d+)/i.exec(head);
  return length !== null && answer.length >= end + headEnd.length + Number(length[1]);
}

/** One POST request as bytes. */
export function postRequest(path: string, headers: Record<string, string>, body: Buffer): Buffer {
  const lines = Object.entries({
    host: "127.0.0.1",
    ...headers,
    "content-length": String(body.length),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join("")}\r\n`), body]);
}
