/** One message to a client, whatever carries it. */
export interface Message {
  readonly event: "result" | "delta" | "end" | "closing";
  /** Of the state that the client has after it. */
  readonly id?: string;
  /** How long to wait before coming back; the client keeps it in mind. */
  readonly retryMs?: number;
  /** JSON, on one line. */
  readonly data: string;
}

/** A hint that nothing will follow. */
export const endMessage: Message = { event: "end", data: '{"reason":"certified"}' };

/** How a client is spoken to. */
export type Transport = "events" | "frames";

/** Messages as the bytes that go to every client of a kind: made once, and only if wanted. */
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

  /** As WebSocket text messages `{event, id?, data}`, each in a frame of its own. */
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

/** RFC 6455 5.2: one unfragmented text frame, unmasked as a server sends it. */
export function webSocketFrame(text: string): Buffer {
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

/** So that nobody in between takes an idle connection for dead: a comment, a ping. */
export const signOfLife: Readonly<Record<Transport, Buffer>> = {
  events: Buffer.from(": keep-alive\n\n"),
  frames: Buffer.of(0x89, 0),
};
