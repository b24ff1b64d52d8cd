import cluster, { type Worker } from "node:cluster";

/** Whether this process is one of several that another one has started as workers of one role. */
export const isWorker = cluster.isWorker;

/**
 * `metrics` and `ready` a parent asks its workers. `status` a parent asks a worker for its own, and
 * a worker its parent for that of all.
 */
export type Question = "metrics" | "status" | "ready";

/**
 * What two processes say to each other: that questions are answered from now on, a question with
 * its number, or the answer to it, which is missing when there is none.
 */
type Message =
  | { readonly vote: "announcement" }
  | { readonly vote: "question"; readonly number: number; readonly question: Question }
  | { readonly vote: "answer"; readonly number: number; readonly answer?: unknown };

/** A parent's end of the channel, or a worker's. */
export type End = Worker | NodeJS.Process;

/** What one end waits for, and how it answers. It has one listener, however many questions wait. */
class Link {
  readonly #end: End;
  readonly #waiting = new Map<number, (answer: unknown) => void>();
  #questions = 0;
  answer: ((question: Question) => Promise<unknown>) | undefined;
  announced: (() => void) | undefined;

  constructor(end: End) {
    this.#end = end;
    // Both have these events; their types know them in different words.
    const events = end as NodeJS.EventEmitter;
    events.on("message", (message) => void this.#hear(message));
    events.on("disconnect", () => {
      for (const number of this.#waiting.keys()) this.#settle(number, undefined);
    });
  }

  ask(question: Question): Promise<unknown> {
    if (!isConnected(this.#end)) return Promise.resolve(undefined);
    const number = ++this.#questions;
    return new Promise((resolve) => {
      this.#waiting.set(number, resolve);
      this.send({ vote: "question", number, question });
    });
  }

  send(message: Message): void {
    // A channel that has just closed says nothing.
    if (isConnected(this.#end)) this.#end.send?.(message, undefined, undefined, () => undefined);
  }

  async #hear(message: unknown): Promise<void> {
    if (!isMessage(message)) return;
    if (message.vote === "announcement") this.announced?.();
    if (message.vote === "answer") this.#settle(message.number, message.answer);
    if (message.vote !== "question") return;
    const { number, question } = message;
    const answer = await this.answer?.(question).catch(() => undefined);
    this.send({ vote: "answer", number, answer });
  }

  #settle(number: number, answer: unknown): void {
    this.#waiting.get(number)?.(answer);
    this.#waiting.delete(number);
  }
}

const links = new WeakMap<End, Link>();

function linkOf(end: End): Link {
  const link = links.get(end) ?? new Link(end);
  links.set(end, link);
  return link;
}

/**
 * Asks the process at the other end, which should have announced itself.
 *
 * @returns undefined from one that ends or cannot tell; pending while it has no time
 */
export function ask<Answer>(end: End, question: Question): Promise<Answer | undefined> {
  return linkOf(end).ask(question) as Promise<Answer | undefined>;
}

/** Answers every question from the other end; it hears of no answer when `answer` fails. */
export function answerTo(end: End, answer: (question: Question) => Promise<unknown>): void {
  linkOf(end).answer = answer;
}

/** Tells the other end that this one answers from now on. */
export function announce(end: End): void {
  linkOf(end).send({ vote: "announcement" });
}

/** Calls `announced` when the other end says that it answers. */
export function onAnnounced(end: End, announced: () => void): void {
  linkOf(end).announced = announced;
}

function isConnected(end: End): boolean {
  return "isConnected" in end ? end.isConnected() : end.connected;
}

function isMessage(message: unknown): message is Message {
  return typeof message === "object" && message !== null && "vote" in message;
}
