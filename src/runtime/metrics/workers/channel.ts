import cluster, { type Worker } from "node:cluster";
import { within } from "../../time/clock.js";

/** Whether this process is one of several that another one has started as workers of one role. */
export const isWorker = cluster.isWorker;

/**
 * `metrics` and `ready` a parent asks its workers. `status` a parent asks a worker for its own, and
 * a worker its parent for that of all.
 */
export type Question = "metrics" | "status" | "ready";

/** What two processes say to each other: a question with its number, or the answer to it. */
interface Message {
  readonly vote: "question" | "answer";
  readonly number: number;
  readonly question?: Question;
  readonly answer?: unknown;
}

/** A parent's end of the channel, or a worker's. */
type End = Worker | NodeJS.Process;

let questions = 0;

/**
 * Asks the process at the other end.
 *
 * @returns undefined from one that starts, ends, or has no time
 */
export async function ask<Answer>(
  end: End,
  question: Question,
  patienceMs: number,
): Promise<Answer | undefined> {
  if (end.send === undefined || !isConnected(end)) return undefined;
  const number = ++questions;
  let hear: (message: unknown) => void = () => undefined;
  const heard = new Promise<Answer>((resolve) => {
    hear = (message) => {
      if (isMessage(message) && message.vote === "answer" && message.number === number) {
        resolve(message.answer as Answer);
      }
    };
  });
  listen(end, hear);
  send(end, { vote: "question", number, question });
  const answer = await within(patienceMs, heard);
  end.off("message", hear);
  return answer;
}

/** Answers every question from the other end; nothing is said when `answer` fails. */
export function answerTo(end: End, answer: (question: Question) => Promise<unknown>): void {
  listen(end, async (message) => {
    if (!isMessage(message) || message.vote !== "question") return;
    const { number, question } = message;
    const said = question && (await answer(question).catch(() => undefined));
    if (said !== undefined) send(end, { vote: "answer", number, answer: said });
  });
}

function listen(end: End, hear: (message: unknown) => void): void {
  // Both have this event; their types know it in different words.
  (end as NodeJS.EventEmitter).on("message", hear);
}

function send(end: End, message: Message): void {
  // A channel that has just closed says nothing.
  if (isConnected(end)) end.send?.(message, undefined, undefined, () => undefined);
}

function isConnected(end: End): boolean {
  return "isConnected" in end ? end.isConnected() : end.connected;
}

function isMessage(message: unknown): message is Message {
  return typeof message === "object" && message !== null && "vote" in message;
}
