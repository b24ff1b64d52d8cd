import { createRequire } from "node:module";
import type { Socket } from "node:net";

/** What the client's connection keeps of the answers that have come in part. */
interface Connection {
  socket?: Socket;
  chunks: Buffer[];
  bytesBuffered: number;
  bytesNeeded: number;
  isConnected(): boolean;
  connect(): Promise<boolean>;
}

/** The requests of a connection that wait for their turn, while a broker wants fewer of them. */
interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

/** Every answer begins with its length. */
const lengthBytes = 4;
let mended = false;

/** Mends two faults of the client (kafkajs 2.2.4), for the whole process, once. */
export function mendConnections(): void {
  if (mended) return;
  mended = true;
  const require = createRequire(import.meta.url);
  beginAnew((require("kafkajs/src/network/connection.js") as Class<Connection>).prototype);
  restWithoutWork((require("kafkajs/src/network/requestQueue") as Class<RequestQueue>).prototype);
}

interface Class<T> {
  readonly prototype: T;
}

/**
 * Makes connections begin anew whenever they connect again. The client keeps the part of an answer
 * that came before a connection broke, and takes the next connection's bytes for its rest. From
 * then on it finds no answer in what comes, or a negative length, at which it loops for ever
 * (tulios/kafkajs#715). What an old socket still delivers would get between the answers, too.
 */
function beginAnew(prototype: Connection): void {
  const { connect } = prototype;
  prototype.connect = function (): Promise<boolean> {
    if (!this.isConnected()) forgetBefore(this);
    return connect.call(this);
  };
}

/**
 * Looks for requests that wait only while there are any. The client looks each millisecond, on
 * every connection that has ever had an answer, for ever (tulios/kafkajs#1704); from Node 24 on it
 * is warned about the negative time that it sets for this (#1751).
 */
function restWithoutWork(prototype: RequestQueue): void {
  const { scheduleCheckPendingRequests } = prototype;
  prototype.scheduleCheckPendingRequests = function (): void {
    if (this.pending.length > 0) scheduleCheckPendingRequests.call(this);
  };
}

function forgetBefore(connection: Connection): void {
  connection.socket?.removeAllListeners("data").resume();
  connection.chunks = [];
  connection.bytesBuffered = 0;
  connection.bytesNeeded = lengthBytes;
}
