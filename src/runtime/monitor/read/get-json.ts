import { failureOf } from "../../contracts/http/problem.js";
import { type AnswerSchema, requireAnswer } from "../../contracts/schema/answer.js";
import type { Contract } from "../../contracts/schema/check.js";
import type { Fetch } from "../../http/trust.js";

/** An answer of any status, or the reason why there is none. */
export type Answer =
  | { readonly reached: true; readonly status: number; readonly body: unknown }
  | { readonly reached: false; readonly why: string };

/** Requests JSON from an address. Never rejects. */
export type GetJson = (base: string, path: string) => Promise<Answer>;

export interface GetJsonOptions {
  /** Per request; default 2,000. */
  readonly timeoutMs?: number;
  /** Default: Node's own. */
  readonly fetch?: Fetch;
}

/** Makes a `GetJson` that gives up on a request after `timeoutMs`. */
export function jsonGetter({ timeoutMs = 2_000, fetch: send = fetch }: GetJsonOptions): GetJson {
  return async (base, path) => {
    try {
      const url = `${base.replace(/\/+$/, "")}${path}`;
      const response = await send(url, {
        headers: { accept: "application/json" },
        signal: AbortSignal.timeout(timeoutMs),
      });
      // Some other server may answer at this address, with something that is not JSON.
      const body: unknown = await response
        .text()
        .then(JSON.parse)
        .catch((error: unknown) => {
          if (!(error instanceof SyntaxError)) throw error;
        });
      return { reached: true, status: response.status, body };
    } catch (error) {
      return { reached: false, why: reasonOf(error, timeoutMs) };
    }
  };
}

/** fetch itself only says "fetch failed": its cause tells why. */
function reasonOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer within ${timeoutMs} ms`;
  const { cause } = error;
  if (cause instanceof Error && "code" in cause && typeof cause.code === "string") {
    return cause.code === "ECONNREFUSED" ? "connection refused" : cause.code;
  }
  return cause instanceof Error ? cause.message : error.message;
}

/** A problem's detail, or the bare status of any other answer. */
export function detailOf(body: unknown, status: number): string {
  return failureOf(body)?.message ?? `it answered ${status} with something that is not understood.`;
}

/**
 * Reads the body of a 200.
 *
 * @param who what should have answered: "serve at http://127.0.0.1:4001"
 * @returns the body, or in one sentence why it does not match its schema
 */
export function readBody<Schema extends AnswerSchema>(
  schema: Schema,
  body: unknown,
  who: string,
): { readonly body: Contract<Schema> } | { readonly problem: string } {
  try {
    return { body: requireAnswer(schema, body, who) };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}
