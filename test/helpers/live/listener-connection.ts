import { connect } from "node:net";
import { WebSocket } from "ws";
import type { Listener } from "./listener.js";
import { eventsIn, type LiveEvent } from "./live-messages.js";

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  readonly election: string;
}

const now = () => performance.now();

/** Keeps a listener connected, as a browser would, until it has heard the end. */
export function keepListening(
  listener: Listener,
  address: ListenAddress,
  how: typeof overEvents | typeof overWebSocket,
): void {
  how(listener, address, () => {
    if (listener.connected) listener.lost();
    else listener.page.refused++;
    if (listener.ended) return;
    setTimeout(() => keepListening(listener, address, how), listener.retryMs);
  });
}

/** Server-sent events on a bare socket. */
export function overEvents(
  listener: Listener,
  { host, port, election }: ListenAddress,
  closed: () => void,
): void {
  const request = [
    `GET /v1/elections/${election}/events HTTP/1.1`,
    `host: ${host}:${port}`,
    "accept: text/event-stream",
    ...(listener.lastId === undefined ? [] : [`last-event-id: ${listener.lastId}`]),
  ];
  const socket = connect({ host, port }).setEncoding("utf8");
  let text = "";
  const readHead = () => {
    const end = text.indexOf("\r\n\r\n");
    if (end === -1) return;
    // A problem instead of a stream, such as 503: the server closes, or we do.
    if (!text.startsWith("HTTP/1.1 200 ")) socket.destroy();
    else listener.connected = true;
    text = text.slice(end + 4);
  };
  socket.on("data", (chunk: string) => {
    text += chunk;
    if (!listener.connected) readHead();
    if (!listener.connected) return;
    listener.heard(now());
    const end = text.lastIndexOf("\n\n") + 2;
    if (end < 2) return;
    const whole = text.slice(0, end);
    text = text.slice(end);
    const [, retry] = /^retry: (\d+)$/m.exec(whole) ?? [];
    if (retry !== undefined) listener.retryMs = Number(retry);
    for (const message of eventsIn(whole)) listener.take(message);
    if (listener.ended) socket.destroy();
  });
  socket.on("error", () => undefined);
  socket.on("close", closed);
  socket.write(`${request.join("\r\n")}\r\n\r\n`);
}

export function overWebSocket(
  listener: Listener,
  { host, port, election }: ListenAddress,
  closed: () => void,
): void {
  const query = listener.lastId === undefined ? "" : `?lastEventId=${listener.lastId}`;
  const socket = new WebSocket(`ws://${host}:${port}/v1/elections/${election}/socket${query}`);
  socket.on("open", () => {
    listener.connected = true;
    listener.heard(now());
  });
  socket.on("ping", () => listener.heard(now()));
  socket.on("message", (data) => {
    listener.heard(now());
    listener.take(JSON.parse(data.toString()) as LiveEvent);
    if (listener.ended) socket.terminate();
  });
  socket.on("error", () => undefined);
  socket.on("close", closed);
}
