import type { Socket } from "node:net";
import { WebSocket } from "ws";
import { signOfLife, type Transport } from "./messages.js";

/** A client of one election, on a connection that is wholly ours. */
export class LiveClient {
  readonly socket: Socket;
  readonly transport: Transport;
  readonly #webSocket: WebSocket | undefined;
  /** Id of the state that it has, or will have once all that was written has arrived. */
  has: string | undefined;
  /** Since when something has been unsent, by the clock of `performance.now()`. */
  stuckSince = 0;

  /** @param webSocket where the connection is one; all else about it stays that library's */
  constructor(socket: Socket, has: string | undefined, webSocket?: WebSocket) {
    this.socket = socket;
    this.has = has;
    this.transport = webSocket === undefined ? "events" : "frames";
    this.#webSocket = webSocket;
  }

  get unsentBytes(): number {
    return this.socket.writableLength;
  }

  /**
   * Straight to the socket, one write a client and tick: the bytes are framed already, the same
   * ones for all. Both transports' own layers would copy and frame them anew for every client.
   */
  write(bytes: Buffer): void {
    const closing = this.#webSocket !== undefined && this.#webSocket.readyState !== WebSocket.OPEN;
    if (!closing && !this.socket.writableEnded) this.socket.write(bytes);
  }

  writeSignOfLife(): void {
    this.write(signOfLife[this.transport]);
  }

  /** Ends the connection as its protocol wants it, once everything written is sent. */
  end(): void {
    // 1012: the service restarts; come back.
    if (this.#webSocket === undefined) this.socket.end();
    else this.#webSocket.close(1012);
  }
}
