import { z } from "zod";
import { type ErrorCode, errorCatalogue, VoteError } from "../../core/errors.js";
import { challengeSchema } from "./proof-of-work.js";

/** What every failure says: over HTTP, and under `error` in what a command prints with `--json`. */
const failureSchema = z.object({
  code: z.string().describe("which kind of error: [errors.md](errors.md) lists them"),
  detail: z.string().describe("what is wrong, and where, in one sentence"),
  hint: z.string().optional().describe("what to do about it"),
});

/** The body of a refusal, `application/problem+json` (RFC 9457). */
export const problemSchema = z.object({
  type: z.string().describe("`urn:vote:error:` and the code"),
  title: z.string().describe("what this kind of error is called; does not vary"),
  status: z.number().int().describe("the HTTP status"),
  ...failureSchema.shape,
  challenge: challengeSchema.optional().describe("only with `proof-required`: what to solve"),
});

export type Problem = z.infer<typeof problemSchema>;

/**
 * A failure of another process as an error of this one.
 *
 * @param body a problem, or what a command prints under `error`
 * @returns undefined for anything else; `internal-error` for a code that only another version knows
 */
export function failureOf(body: unknown): VoteError | undefined {
  const { data } = failureSchema.safeParse(body);
  if (data === undefined) return undefined;
  const known = Object.hasOwn(errorCatalogue, data.code);
  const code = known ? (data.code as ErrorCode) : "internal-error";
  return new VoteError(code, data.detail, { hint: data.hint });
}
