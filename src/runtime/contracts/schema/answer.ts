import type { z } from "zod";
import { VoteError } from "../../core/errors.js";
import { type Contract, check } from "./check.js";

/**
 * Checks the answer of another process. It stays as it came, with the fields that only another
 * version knows: hashes are over it.
 *
 * @param who what should have answered: "the admin API at http://127.0.0.1:4003"
 * @throws VoteError `not-running`, which names the first field that does not match the schema
 */
export function requireAnswer<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
  who: string,
): Contract<Schema> {
  check(schema, body, (field, detail) => {
    const what = `${field === "" ? "the body" : field} ${detail}`;
    return new VoteError("not-running", `What answers is not ${who}: ${what}.`, {
      hint: "Check its address and its version.",
    });
  });
  return body as Contract<Schema>;
}

export type AnswerSchema = z.ZodType;
