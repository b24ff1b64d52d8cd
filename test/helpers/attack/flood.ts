import { setTimeout as sleep } from "node:timers/promises";
import { noAnswer } from "./attack.js";
import { type Answer, codeOf } from "./site.js";

export interface FloodOptions {
  /** How many requests are under way at once. */
  readonly workers: number;
  /** Default: as many as are answered. */
  readonly perSecond?: number;
  /** It goes on until it has sent so many, and had this answer. */
  readonly requests: number;
  readonly until: string;
  /** It ends by itself once it has had that answer so often. */
  readonly most?: number;
  /** Sends the request with this number, from 0. */
  readonly send: (number: number) => Promise<Answer>;
}

/** It waits so long for the answer that it has to get. */
const patienceMs = 60_000;

/** Requests without a pause. */
export class Flood {
  readonly answers: Record<string, number> = {};
  readonly #options: FloodOptions;
  readonly #start = performance.now();
  readonly #workers: Promise<void>[];
  #sent = 0;
  #endAt = Number.POSITIVE_INFINITY;

  constructor(options: FloodOptions) {
    this.#options = options;
    this.#workers = Array.from({ length: options.workers }, () => this.#work());
  }

  /** Resolves once every request has its answer, or none. */
  async end(): Promise<void> {
    this.#endAt = performance.now();
    await Promise.all(this.#workers);
  }

  #isOver(): boolean {
    const { requests, until, most = Number.POSITIVE_INFINITY } = this.#options;
    if ((this.answers[until] ?? 0) >= most) return true;
    const overdue = performance.now() - this.#endAt;
    if (overdue < 0) return false;
    const isDone = this.#sent >= requests && this.answers[until] !== undefined;
    return isDone || overdue > patienceMs;
  }

  async #work(): Promise<void> {
    const { perSecond = Number.POSITIVE_INFINITY, send } = this.#options;
    while (!this.#isOver()) {
      const number = this.#sent++;
      const due = this.#start + (number * 1_000) / perSecond;
      if (due > performance.now()) await sleep(due - performance.now());
      const code = await send(number).then(codeOf, () => noAnswer);
      this.answers[code] = (this.answers[code] ?? 0) + 1;
    }
  }
}
