import type { HttpAnswer } from "./http-message.js";

/** What an answer says about a ballot. */
export type BallotOutcome =
  | { readonly kind: "acknowledged"; readonly partition: number; readonly position: number }
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "unknown" };

/** What a batch's answer says about its lines; undefined: nothing. */
export interface BatchOutcome {
  /** By line, from 0: those refused, with their codes. */
  readonly refusals: ReadonlyMap<number, string>;
  /** The last position of the batch's ballots in each partition. */
  readonly positions: ReadonlyMap<number, number>;
}

/** Of one ballot's request. A 5xx or no answer leaves open whether the ballot is in the log. */
export function ballotOutcomeOf(answer: HttpAnswer | undefined): BallotOutcome {
  if (answer === undefined || answer.status >= 500) return { kind: "unknown" };
  const body = parseBody(answer.body);
  if (answer.status !== 202) return { kind: "refused", code: codeOf(body, answer.status) };
  const { partition, position } = body;
  if (typeof partition === "number" && typeof position === "number") {
    return { kind: "acknowledged", partition, position };
  }
  return { kind: "unknown" };
}

/** Undefined when nothing is known about any line. */
export function batchOutcomeOf(
  answer: HttpAnswer | undefined,
  lines: number,
): BatchOutcome | undefined {
  if (answer === undefined || answer.status >= 500) return undefined;
  const body = parseBody(answer.body);
  const refusals = new Map<number, string>();
  const positions = new Map<number, number>();
  if (answer.status !== 200) {
    for (let line = 0; line < lines; line++) refusals.set(line, codeOf(body, answer.status));
    return { refusals, positions };
  }
  if (!Array.isArray(body.refusals) || typeof body.positions !== "object") return undefined;
  for (const refusal of body.refusals as { line?: unknown; code?: unknown }[]) {
    refusals.set(Number(refusal.line) - 1, String(refusal.code));
  }
  for (const [partition, position] of Object.entries(body.positions ?? {})) {
    positions.set(Number(partition), Number(position));
  }
  return { refusals, positions };
}

/** An empty object when it is no JSON object. */
export function parseBody(text: string): Readonly<Record<string, unknown>> {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

export function codeOf(body: Readonly<Record<string, unknown>>, status: number): string {
  return typeof body.code === "string" ? body.code : `http-${status}`;
}
