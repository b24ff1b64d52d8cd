import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { loopback as host } from "../../processes/ports.js";
import { Dice } from "../../sim/time/dice.js";
import { PacedWriter, type WireFault } from "./paced-writer.js";
import type { Dialect } from "./wire-dialects.js";

export interface FaultProxyOptions {
  /** The server's port on the loopback address. */
  readonly target: number;
  /** Where clients connect. Default: any free port. */
  readonly port?: number;
  readonly dialect: Dialect;
  readonly seed: number;
}

const any = /./;
const lookEveryMs = 50;

/**
 * A proxy on the loopback address that spoils what passes through it. It understands where requests
 * and answers end, so that it can hurt single ones, drawn by a seed. A fault is in force from its
 * call until another's.
 */
export class FaultProxy {
  readonly target: number;
  readonly dialect: Dialect;
  readonly random: () => number;
  readonly #server: Server;
  readonly #links = new Set<Link>();
  #fault: WireFault = { kind: "pass" };
  #injections = 0;
  #port = 0;
  #closed = false;

  private constructor(options: FaultProxyOptions) {
    this.target = options.target;
    this.dialect = options.dialect;
    this.random = new Dice(`proxy ${options.seed}`).random;
    this.#server = createServer({ noDelay: true }, (client) => this.#accept(client));
  }

  /** Resolves once clients can connect. */
  static async start(options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options);
    await proxy.#listen(options.port ?? 0);
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  /** Requests that were hurt; delay, throttle and refuse count once for each time they are set. */
  get injections(): number {
    return this.#injections;
  }

  get fault(): WireFault {
    return this.#fault;
  }

  pass(): void {
    this.#fault = { kind: "pass" };
  }

  /**
   * The server gets the request and has answered it, so it is applied; then the answer is dropped
   * and the connection cut.
   */
  applyAndDropAnswer(share: number, only: RegExp = any): void {
    this.#fault = { kind: "drop-answer", share, only };
  }

  /** The connection is cut in the middle of the request. */
  cut(share: number, only: RegExp = any): void {
    this.#fault = { kind: "cut", share, only };
  }

  /** The client gets this answer, and the server never sees the request. */
  answerInstead(answer: Buffer, share: number, only: RegExp = any): void {
    this.#fault = { kind: "answer-instead", share, only, answer };
  }

  /** Everything takes so much longer, each way. */
  delay(ms: number): void {
    this.#fault = { kind: "delay", ms };
    this.#injections++;
  }

  /** Each connection carries no more, each way. */
  throttle(bytesPerSecond: number): void {
    this.#fault = { kind: "throttle", bytesPerSecond };
    this.#injections++;
  }

  /** Every connection is reset, and every new one at once. */
  refuse(): void {
    this.#fault = { kind: "refuse" };
    this.#injections++;
    for (const link of this.#links) link.reset();
  }

  /** Refuses connections as the server does, until that listens again. */
  async serverRefuses(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    while (!this.#closed) {
      const isBack = (await listens(this.target)) && !this.#closed;
      if (isBack && (await this.#listen(this.#port).catch(() => false))) return;
      await sleep(lookEveryMs);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const link of this.#links) link.reset();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Whether the fault in force hits this request, by its share and its name. Counts if so. */
  hits(name: string): boolean {
    const fault = this.#fault;
    if (!("share" in fault) || !fault.only.test(name)) return false;
    if (this.random() >= fault.share) return false;
    this.#injections++;
    return true;
  }

  async #listen(port: number): Promise<true> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ port, host }, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
    const address = this.#server.address();
    if (typeof address === "object" && address !== null) this.#port = address.port;
    return true;
  }

  #accept(client: Socket): void {
    if (this.#fault.kind === "refuse") {
      client.once("error", () => undefined);
      client.resetAndDestroy();
      return;
    }
    const link = new Link(this, client, () => this.#links.delete(link));
    this.#links.add(link);
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host });
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** A request that the server or the proxy has yet to answer. */
interface Open {
  readonly dropAnswer: boolean;
  /** The proxy's own, in place of the server's. */
  readonly answer?: Buffer;
}

/** One client's connection and its counterpart to the server. */
class Link {
  readonly #proxy: FaultProxy;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #toClient: PacedWriter;
  readonly #toServer: PacedWriter;
  readonly #open: Open[] = [];
  #requests: Buffer = Buffer.alloc(0);
  #answers: Buffer = Buffer.alloc(0);
  #streaming = false;

  constructor(proxy: FaultProxy, client: Socket, closed: () => void) {
    this.#proxy = proxy;
    this.#client = client;
    this.#server = connect({ port: proxy.target, host, noDelay: true });
    this.#toClient = new PacedWriter(client);
    this.#toServer = new PacedWriter(this.#server);
    client.on("data", (chunk) => this.#fromClient(chunk));
    this.#server.on("data", (chunk) => this.#fromServer(chunk));
    this.#server.once("error", ({ code }: NodeJS.ErrnoException) => {
      if (code === "ECONNREFUSED") void proxy.serverRefuses();
    });
    for (const socket of [client, this.#server]) {
      socket.on("error", () => undefined);
      socket.once("close", () => {
        // What is still on its way arrives before the end.
        this.#toClient.end();
        this.#toServer.end();
        closed();
      });
    }
  }

  reset(): void {
    this.#client.resetAndDestroy();
    this.#server.destroy();
  }

  #fromClient(chunk: Buffer): void {
    this.#requests = Buffer.concat([this.#requests, chunk]);
    while (this.#requests.length > 0 && !this.#client.destroyed) {
      const request = this.#proxy.dialect.request(this.#requests);
      if (request === undefined) return;
      const bytes = this.#requests.subarray(0, request.bytes);
      this.#requests = this.#requests.subarray(request.bytes);
      this.#streaming ||= request.opensStream === true;
      this.#forward(bytes, this.#proxy.hits(request.name));
    }
  }

  #forward(request: Buffer, hit: boolean): void {
    const { fault, random } = this.#proxy;
    if (hit && fault.kind === "cut") {
      const part = request.subarray(0, Math.floor(random() * request.length));
      this.#server.end(part, () => this.#server.destroy());
      this.#client.resetAndDestroy();
    } else if (hit && fault.kind === "answer-instead") {
      this.#open.push({ dropAnswer: false, answer: fault.answer });
      this.#answer();
    } else {
      this.#open.push({ dropAnswer: hit && fault.kind === "drop-answer" });
      this.#toServer.write(request, fault);
    }
  }

  #fromServer(chunk: Buffer): void {
    this.#answers = Buffer.concat([this.#answers, chunk]);
    this.#answer();
  }

  #answer(): void {
    if (this.#streaming) {
      this.#toClient.write(this.#answers, this.#proxy.fault);
      this.#answers = Buffer.alloc(0);
      return;
    }
    for (let next = this.#open[0]; next !== undefined; next = this.#open[0]) {
      const length = next.answer ? 0 : this.#proxy.dialect.answer(this.#answers);
      if (length === undefined) return;
      if (next.dropAnswer) {
        this.reset();
        return;
      }
      this.#open.shift();
      this.#toClient.write(next.answer ?? this.#answers.subarray(0, length), this.#proxy.fault);
      this.#answers = this.#answers.subarray(length);
    }
  }
}
