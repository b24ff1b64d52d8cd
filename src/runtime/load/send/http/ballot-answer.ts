/** What the ingest's answers mean for the ballots sent. */
import { minimalBatchAnswerSchema } from "../../../contracts/http/ballot.js";
import type { HttpAnswer } from "./http-message.js";

/** What an answer says about a ballot. */
export type BallotOutcome =
  | { readonly kind: "acknowledged"; readonly partition: number; readonly position: number }
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "unknown" };

/** What an answer says about a batch's lines. */
export interface BatchOutcome {
  /** The codes of the refused lines, by line from 0. */
  readonly refusals: ReadonlyMap<number, string>;
  /** The last position of the batch's ballots, by partition. */
  readonly positions: ReadonlyMap<number, number>;
}

/** Whether it says anything. After a 408, nobody knows who was late, as after a 5xx. */
const isClear = (answer: HttpAnswer | undefined): answer is HttpAnswer =>
  answer !== undefined && answer.status < 500 && answer.status !== 408;

/** Reads the answer to one ballot. After none, or a 5xx, the ballot may be in the log or not. */
export function ballotOutcomeOf(answer: HttpAnswer | undefined): BallotOutcome {
  if (!isClear(answer)) return { kind: "unknown" };
  const body = parseBody(answer.body);
  if (answer.status !== 202) return { kind: "refused", code: codeOf(body, answer.status) };
  const { partition, position } = body;
  if (typeof partition === "number" && typeof position === "number") {
    return { kind: "acknowledged", partition, position };
  }
  return { kind: "unknown" };
}

/** Reads the answer to a batch. @returns undefined when it says nothing about any line */
export function batchOutcomeOf(
  answer: HttpAnswer | undefined,
  lines: number,
): BatchOutcome | undefined {
  if (!isClear(answer)) return undefined;
  const body = parseBody(answer.body);
  const refusals = new Map<number, string>();
  const positions = new Map<number, number>();
  if (answer.status !== 200) {
    for (let line = 0; line < lines; line++) refusals.set(line, codeOf(body, answer.status));
    return { refusals, positions };
  }
  const { data } = minimalBatchAnswerSchema.safeParse(body);
  if (data === undefined) return undefined;
  for (const { line, code } of data.refusals) refusals.set(line - 1, code);
  for (const [partition, position] of Object.entries(data.positions)) {
    positions.set(Number(partition), position);
  }
  return { refusals, positions };
}

/** An empty object for anything but a JSON object. */
function parseBody(text: string): Readonly<Record<string, unknown>> {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function codeOf(body: Readonly<Record<string, unknown>>, status: number): string {
  return typeof body.code === "string" ? body.code : `http-${status}`;
}
