import { within } from "../../time/clock.js";
import { ask, type End, type Question } from "./channel.js";

/** What is known of an answer. */
export interface Reading<Answer> {
  /** The last one; undefined before the first. */
  readonly last: Answer | undefined;
  /** Whether it came in time. */
  readonly isCurrent: boolean;
  /** How old the last one is; infinite before the first. */
  readonly ageMs: number;
}

/**
 * The last answer of one process to one question. A process that keeps silent is waited for once;
 * until it answers again, its last answer stands in at once.
 */
export class LastAnswer<Answer> {
  readonly #end: End;
  readonly #question: Question;
  readonly #patienceMs: number;
  readonly #taken: (answer: Answer) => void;
  #last: Answer | undefined;
  #answeredAt = Number.NEGATIVE_INFINITY;
  #isSilent = false;
  #asking: Promise<boolean> | undefined;

  /** @param taken gets every answer, also those that come late */
  constructor(
    end: End,
    question: Question,
    patienceMs: number,
    taken: (answer: Answer) => void = () => undefined,
  ) {
    this.#end = end;
    this.#question = question;
    this.#patienceMs = patienceMs;
    this.#taken = taken;
  }

  /** The last answer, if there is any. */
  get last(): Answer | undefined {
    return this.#last;
  }

  /** Asks, unless the last question still waits for its answer. Never rejects. */
  async read(): Promise<Reading<Answer>> {
    this.#asking ??= this.#ask();
    const isCurrent = !this.#isSilent && (await within(this.#patienceMs, this.#asking)) === true;
    // Someone else who asks at the same time may have heard the answer meanwhile.
    if (!isCurrent && this.#asking !== undefined) this.#isSilent = true;
    return { last: this.#last, isCurrent, ageMs: performance.now() - this.#answeredAt };
  }

  /** @returns whether there was an answer */
  async #ask(): Promise<boolean> {
    const answer = await ask<Answer>(this.#end, this.#question);
    this.#asking = undefined;
    this.#isSilent = false;
    if (answer === undefined) return false;
    this.#last = answer;
    this.#answeredAt = performance.now();
    this.#taken(answer);
    return true;
  }
}
