import type { Socket } from "node:net";
import { WebSocket } from "ws";
import { keepAlive, type Transport } from "./messages.js";

/** A client that follows one election over its own connection. */
export class LiveClient {
  readonly socket: Socket;
  readonly transport: Transport;
  readonly #webSocket: WebSocket | undefined;
  /** The id of the last state written to this client. */
  stateId: string | undefined;
  /** Since when bytes have been unsent, in `performance.now()`; 0 if there are none. */
  stuckSince = 0;

  /** @param webSocket the connection's WebSocket, if it is one; it handles what the client sends */
  constructor(socket: Socket, stateId: string | undefined, webSocket?: WebSocket) {
    this.socket = socket;
    this.stateId = stateId;
    this.transport = webSocket === undefined ? "events" : "frames";
    this.#webSocket = webSocket;
  }

  get unsentBytes(): number {
    return this.socket.writableLength;
  }

  /**
   * Writes straight to the socket. All clients get the same bytes, framed once; the layers of
   * either transport would copy and frame them anew for each client.
   */
  write(bytes: Buffer): void {
    const closing = this.#webSocket !== undefined && this.#webSocket.readyState !== WebSocket.OPEN;
    if (!closing && !this.socket.writableEnded) this.socket.write(bytes);
  }

  writeKeepAlive(): void {
    this.write(keepAlive[this.transport]);
  }

  /** Closes the connection in its protocol's way, once everything written is sent. */
  end(): void {
    // RFC 6455 7.4.1 and its registry: 1012 is "service restart", so the client reconnects.
    if (this.#webSocket === undefined) this.socket.end();
    else this.#webSocket.close(1012);
  }
}
