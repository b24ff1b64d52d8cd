import type { Dice } from "./dice.js";

interface Event {
  readonly at: number;
  /** Drawn: of events that are due together, none has a right to be first. */
  readonly order: number;
  run: (() => void) | undefined;
}

const isBefore = (one: Event, other: Event) =>
  one.at < other.at || (one.at === other.at && one.order < other.order);

/**
 * Virtual time. One event happens after the other, each with everything that follows from it
 * without waiting: the next begins once no promise has anything left to do.
 */
export class Scheduler {
  readonly #dice: Dice;
  /** A heap: each event comes before its two children. */
  readonly #queue: Event[] = [];
  /** Milliseconds since the simulation began. */
  nowMs = 0;
  events = 0;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  /** @returns what takes it back */
  after(ms: number, run: () => void): () => void {
    const event: Event = { at: this.nowMs + Math.max(0, ms), order: this.#dice.random(), run };
    this.#push(event);
    return () => {
      event.run = undefined;
    };
  }

  /** Lets time pass until `over`, until a time, or until nothing is left to happen. */
  async run(untilMs: number, over: () => boolean): Promise<void> {
    while (this.#queue.length > 0 && this.#queue[0].at <= untilMs && !over()) {
      const { at, run } = this.#pop();
      if (run === undefined) continue;
      this.nowMs = at;
      this.events++;
      run();
      // Promises that are settled already go before this.
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  #push(event: Event): void {
    const queue = this.#queue;
    let at = queue.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (isBefore(queue[parent], event)) break;
      queue[at] = queue[parent];
      at = parent;
    }
    queue[at] = event;
  }

  #pop(): Event {
    const queue = this.#queue;
    const [first] = queue;
    const last = queue.pop() as Event;
    if (queue.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= queue.length) break;
      if (child + 1 < queue.length && isBefore(queue[child + 1], queue[child])) child++;
      if (isBefore(last, queue[child])) break;
      queue[at] = queue[child];
      at = child;
    }
    queue[at] = last;
    return first;
  }
}
