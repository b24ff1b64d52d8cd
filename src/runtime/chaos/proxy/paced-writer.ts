import type { Socket } from "node:net";

/** What a proxy does to what passes through it. */
export type WireFault =
  | { readonly kind: "pass" }
  | { readonly kind: "drop-answer"; readonly share: number; readonly only: RegExp }
  | { readonly kind: "cut"; readonly share: number; readonly only: RegExp }
  | {
      readonly kind: "answer-instead";
      readonly share: number;
      readonly only: RegExp;
      readonly answer: Buffer;
    }
  | { readonly kind: "delay"; readonly ms: number }
  | { readonly kind: "throttle"; readonly bytesPerSecond: number }
  | { readonly kind: "refuse" };

/** Writes in order, as late as the fault in force wants it. */
export class PacedWriter {
  readonly #socket: Socket;
  readonly #queue: { readonly bytes: Buffer; readonly dueAt: number }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #lastDueAt = 0;
  #ended = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  write(bytes: Buffer, fault: WireFault): void {
    const now = performance.now();
    let dueAt = now;
    if (fault.kind === "delay") dueAt += fault.ms;
    if (fault.kind === "throttle") {
      dueAt = Math.max(now, this.#lastDueAt) + (bytes.length / fault.bytesPerSecond) * 1_000;
    }
    this.#lastDueAt = Math.max(dueAt, this.#lastDueAt);
    this.#queue.push({ bytes, dueAt: this.#lastDueAt });
    this.#flush();
  }

  end(): void {
    this.#ended = true;
    this.#flush();
  }

  #flush(): void {
    if (this.#timer !== undefined) return;
    while (this.#queue.length > 0) {
      const waitMs = this.#queue[0].dueAt - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => {
          this.#timer = undefined;
          this.#flush();
        }, waitMs);
        return;
      }
      const { bytes } = this.#queue.shift() ?? { bytes: Buffer.alloc(0) };
      if (this.#socket.writable) this.#socket.write(bytes);
    }
    if (this.#ended) this.#socket.destroySoon();
  }
}
