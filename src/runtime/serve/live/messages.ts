/** One message to a client, over either transport. */
export interface Message {
  readonly event: "result" | "delta" | "end" | "closing";
  /** The id of the state that it leads to. */
  readonly id?: string;
  /** How long the client waits before it reconnects. */
  readonly retryMs?: number;
  /** JSON, on one line. */
  readonly data: string;
}

/** Tells the client that nothing will follow. */
export const endMessage: Message = { event: "end", data: '{"reason":"certified"}' };

/** Server-sent events, or WebSocket frames. */
export type Transport = "events" | "frames";

/** Messages as the bytes that all clients of a transport get; encoded once, on first use. */
export class EncodedMessages {
  readonly #messages: readonly Message[];
  #events: Buffer | undefined;
  #frames: Buffer | undefined;

  constructor(messages: readonly Message[]) {
    this.#messages = messages;
  }

  /** As server-sent events. */
  get events(): Buffer {
    this.#events ??= Buffer.from(this.#messages.map(serverSentEvent).join(""));
    return this.#events;
  }

  /** As WebSocket text messages `{event, id?, data}`, one in each frame. */
  get frames(): Buffer {
    this.#frames ??= Buffer.concat(this.#messages.map((one) => webSocketFrame(asJson(one))));
    return this.#frames;
  }
}

function serverSentEvent({ event, id, retryMs, data }: Message): string {
  const lines = [`event: ${event}`, `data: ${data}`];
  if (retryMs !== undefined) lines.unshift(`retry: ${retryMs}`);
  if (id !== undefined) lines.splice(-1, 0, `id: ${id}`);
  return `${lines.join("\n")}\n\n`;
}

function asJson({ event, id, data }: Message): string {
  return `{"event":"${event}"${id === undefined ? "" : `,"id":"${id}"`},"data":${data}}`;
}

const finalText = 0x81;

/** Makes an unfragmented, unmasked text frame (RFC 6455 5.2). */
function webSocketFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const { length } = payload;
  if (length < 126) return Buffer.concat([Buffer.of(finalText, length), payload]);
  if (length < 65_536) {
    return Buffer.concat([Buffer.of(finalText, 126, length >> 8, length & 255), payload]);
  }
  const head = Buffer.alloc(10);
  head[0] = finalText;
  head[1] = 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}

/**
 * A sign of life for proxies and clients: an event or a ping. A browser hides comments from its
 * pages, and an event without data.
 */
export const keepAlive: Readonly<Record<Transport, Buffer>> = {
  events: Buffer.from("event: alive\ndata: {}\n\n"),
  frames: Buffer.of(0x89, 0),
};
