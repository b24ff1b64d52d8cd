/**
 * The process that `bench fanout` forks for some thousand event streams on bare sockets. It only
 * finds the end of each event and the time in it, and so costs as little as a client can.
 */
import { connect } from "node:net";

/** Where a client process connects, and how often. */
export interface FanoutClientOrder {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly clients: number;
}

/** Messages from the parent: connect; begin to count; report the counts. */
export type FanoutOrder = FanoutClientOrder | "start" | "stop";

export type FanoutClientReport =
  | { readonly connected: number }
  | {
      readonly deliveries: number;
      readonly bytes: number;
      /** Connections that were lost. */
      readonly lost: number;
      /** Fewest and most events that one client got. */
      readonly fewest: number;
      readonly most: number;
      /** [tenths of a millisecond, deliveries that took so long] */
      readonly latencies: readonly (readonly [number, number])[];
    };

/** Handshakes under way at once: fewer than any listener's backlog. */
const maxOpening = 200;
/** How often a failed connection is repeated, as a client would. */
const retryMs = 100;
/** An address has about 28,000 ports, some in use; further clients use the next address. */
const clientsPerAddress = 10_000;
const maxLatencyTenths = 600_000;

const needle = Buffer.from('"at":');
const [zero, newline, carriageReturn] = Buffer.from("0\n\r");
const digits = 13;

/** Shared by all connections: each chunk is read before the next one arrives. */
const buffer = Buffer.allocUnsafe(256 * 1_024);
const latencies = new Uint32Array(maxLatencyTenths + 1);
let perClient = new Uint32Array(0);
let counting = false;
let bytes = 0;
let lost = 0;

function openAll({ host, port, path, clients }: FanoutClientOrder): void {
  perClient = new Uint32Array(clients);
  const request = [
    `GET ${path} HTTP/1.1`,
    `host: ${host}:${port}`,
    "accept: text/event-stream",
    "\r\n",
  ].join("\r\n");
  let begun = 0;
  let connected = 0;
  const openNext = () => {
    if (begun === clients) return;
    const client = begun++;
    open(client, { host, port, request }, () => {
      if (++connected === clients) process.send?.({ connected });
      openNext();
    });
  };
  for (let opening = 0; opening < maxOpening; opening++) openNext();
}

interface Address {
  readonly host: string;
  readonly port: number;
  readonly request: string;
}

function open(client: number, { host, port, request }: Address, onFirst: () => void): void {
  let rest: Buffer | undefined;
  let first = true;
  const callback = (length: number): boolean => {
    // Reads clock and text once a chunk, which nearly always holds one event.
    const chunk = rest === undefined ? buffer : Buffer.concat([rest, buffer.subarray(0, length)]);
    const end = rest === undefined ? length : chunk.length;
    if (counting) bytes += length;
    const complete = endsWhole(chunk, end);
    rest = complete ? undefined : Buffer.from(chunk.subarray(0, end));
    if (complete && counting) countEvents(chunk, end, client);
    if (first) onFirst();
    first = false;
    return true;
  };
  const others = Math.floor(client / clientsPerAddress);
  const local = others === 0 ? {} : { localAddress: `127.0.0.${1 + others}` };
  const socket = connect({ host, port, ...local, onread: { buffer, callback } });
  socket.on("error", () => undefined);
  socket.on("close", () => {
    if (first) setTimeout(() => open(client, { host, port, request }, onFirst), retryMs);
    else lost++;
  });
  socket.write(request);
}

/** The end of an event, with and without chunked coding. */
function endsWhole(chunk: Buffer, end: number): boolean {
  if (chunk[end - 1] !== newline) return false;
  if (chunk[end - 2] === newline) return true;
  return chunk[end - 2] === carriageReturn && chunk[end - 3] === newline;
}

function countEvents(chunk: Buffer, end: number, client: number): void {
  const now = performance.timeOrigin + performance.now();
  for (let from = 0; ; ) {
    const found = chunk.indexOf(needle, from);
    if (found === -1 || found >= end) return;
    from = found + needle.length;
    let at = 0;
    for (let digit = 0; digit < digits; digit++) at = at * 10 + chunk[from + digit] - zero;
    const tenths = Math.min(maxLatencyTenths, Math.max(0, Math.round((now - at) * 10)));
    latencies[tenths]++;
    perClient[client]++;
  }
}

function report(): FanoutClientReport {
  const seen: [number, number][] = [];
  latencies.forEach((count, tenths) => {
    if (count > 0) seen.push([tenths, count]);
  });
  return {
    deliveries: perClient.reduce((sum, events) => sum + events, 0),
    bytes,
    lost,
    fewest: perClient.reduce((least, events) => Math.min(least, events), Number.MAX_SAFE_INTEGER),
    most: perClient.reduce((most, events) => Math.max(most, events), 0),
    latencies: seen,
  };
}

process.on("message", (order: FanoutOrder) => {
  if (order === "start") counting = true;
  else if (order === "stop") {
    counting = false;
    process.send?.(report());
  } else openAll(order);
});
process.once("disconnect", () => process.exit(0));
