import { connect, type Socket } from "node:net";
import type { HttpAddress } from "./http-target.js";

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

interface Pending {
  readonly resolve: (answer: HttpAnswer) => void;
  readonly reject: (error: Error) => void;
}

const headEnd = Buffer.from("\r\n\r\n", "latin1");
const statusAt = "HTTP/1.1 ".length;
const nothing = Buffer.alloc(0);

/**
 * One keep-alive HTTP/1.1 connection with one request under way at a time. Reads what our own
 * ingest answers, and no more: a status and a body of known length. Anything else ends the
 * connection, and the request's outcome is then unknown.
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
   * Sends a whole request; connects first if need be.
   *
   * @param request head and body
   * @returns rejects if the connection fails or times out: the outcome is then unknown
   */
  send(request: string): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#socket ??= this.#connect();
      this.#socket.write(request, "utf8");
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  #connect(): Socket {
    const { host, port } = this.#address;
    const socket = connect({ host, port, noDelay: true });
    socket.setTimeout(this.#timeoutMs, () => {
      // Idle between two requests is no failure.
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
    const headLength = received.indexOf(headEnd);
    if (headLength === -1) return;
    const head = received.toString("latin1", 0, headLength);
    const status = Number(head.slice(statusAt, statusAt + 3));
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN);
    if (!Number.isInteger(length) || !(status >= 200 && status < 600)) {
      socket.destroy(new Error("not an answer that can be read"));
      return;
    }
    const bodyFrom = headLength + headEnd.length;
    if (received.length < bodyFrom + length) return;
    const body = received.toString("utf8", bodyFrom, bodyFrom + length);
    this.#received = nothing;
    if (/\r\nconnection: *close/i.test(head)) this.#drop(socket);
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.resolve({ status, body });
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

/** A POST with all that an ingest wants to know. */
export function postRequest(
  { authority }: HttpAddress,
  path: string,
  headers: string,
  body: string,
): string {
  return (
    `POST ${path} HTTP/1.1\r\nHost: ${authority}\r\n${headers}` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}
