import type { FaultProgress } from "../runtime/chaos/election.js";
import { faultText } from "./text/chaos-text.js";

const clearLine = "\r\u001b[2K";

interface ChaosProgressOptions {
  readonly stream: { readonly isTTY?: boolean; write(text: string): unknown };
  readonly faults: number;
  /** How long the run may take. */
  readonly withinMs?: number | undefined;
}

/** Says which fault comes next, on a line that a terminal redraws. */
export class ChaosProgress {
  readonly #options: ChaosProgressOptions;
  readonly #startedAt = performance.now();
  #first: { readonly number: number; readonly at: number } | undefined;

  constructor(options: ChaosProgressOptions) {
    this.#options = options;
  }

  step(what: string): void {
    this.#say(`${what} …`);
  }

  fault(progress: FaultProgress): void {
    const { faults, withinMs } = this.#options;
    const now = performance.now();
    this.#first ??= { number: progress.number, at: now };
    const injected = progress.number - this.#first.number;
    const boundMs = withinMs && Math.max(0, withinMs - (now - this.#startedAt));
    const sinceMs = now - this.#first.at;
    const bound = boundMs === undefined ? {} : { boundMs };
    this.#say(faultText({ ...progress, faults, injected, sinceMs, ...bound }));
  }

  /** Clears the line for what is printed next. */
  stop(): void {
    if (this.#options.stream.isTTY) this.#options.stream.write(clearLine);
  }

  #say(text: string): void {
    const { stream } = this.#options;
    stream.write(stream.isTTY === true ? `${clearLine}${text}` : `${text}\n`);
  }
}
