import { connect, isIP, type Socket } from "node:net";
import { connect as connectSecurely } from "node:tls";
import { findAnswer, type HttpAnswer } from "./http-message.js";
import type { HttpAddress } from "./http-target.js";

interface Pending {
  readonly resolve: (answer: HttpAnswer) => void;
  readonly reject: (error: Error) => void;
}

const nothing = Buffer.alloc(0);

function openSocket({ host, port, tls }: HttpAddress): Socket {
  if (tls === undefined) return connect({ host, port, noDelay: true });
  const { ca } = tls;
  // A server's name is for names only.
  const named = isIP(host) === 0 ? { servername: host } : {};
  const socket = connectSecurely({ host, port, ...named, ...(ca ? { ca: [...ca] } : {}) });
  return socket.setNoDelay(true);
}

/**
 * One keep-alive HTTP/1.1 connection with one request under way at a time. An answer that cannot
 * be read ends the connection, and leaves the outcome of its request unknown.
 */
export class HttpConnection {
  readonly #address: HttpAddress;
  readonly #timeoutMs: number;
  #socket: Socket | undefined;
  #received: Buffer = nothing;
  #pending: Pending | undefined;

  constructor(address: HttpAddress, timeoutMs: number) {
    this.#address = address;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Sends a request, and connects first if it has to.
   *
   * @param request head and body, or the head alone
   * @param body    must stay as it is until the answer
   * @returns the answer; rejects if the connection fails or times out, and the outcome is unknown
   */
  send(request: string, body?: Buffer): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#socket ??= this.#connect();
      // Both in one packet.
      if (body !== undefined) this.#socket.cork();
      this.#socket.write(request, "utf8");
      if (body !== undefined) {
        this.#socket.write(body);
        this.#socket.uncork();
      }
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  #connect(): Socket {
    const socket = openSocket(this.#address);
    socket.setTimeout(this.#timeoutMs, () => {
      // A connection may be idle between two requests.
      if (this.#pending !== undefined) socket.destroy(new Error("timed out"));
    });
    let failure = new Error("connection closed");
    socket.on("data", (chunk: Buffer) => this.#receive(socket, chunk));
    socket.on("error", (error) => {
      failure = error;
    });
    socket.on("close", () => this.#lose(socket, failure));
    return socket;
  }

  #receive(socket: Socket, chunk: Buffer): void {
    const received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    this.#received = received;
    const answer = findAnswer(received, socket);
    if (answer === undefined) return;
    const body = received.toString("utf8", answer.bodyFrom, answer.bodyTo);
    this.#received = nothing;
    if (answer.closes) this.#drop(socket);
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.resolve({ status: answer.status, body });
  }

  #drop(socket: Socket): void {
    if (this.#socket === socket) this.#socket = undefined;
    socket.destroy();
  }

  #lose(socket: Socket, failure: Error): void {
    // A socket that was replaced says nothing about the request on its successor.
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    this.#received = nothing;
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.reject(failure);
  }
}
