import { z } from "zod";
import { maxIdBytes } from "../../core/limits.js";
import { didYouMean } from "./closest.js";

// The fields of files that people write. A schema's message says what is allowed there: `check`
// makes it the hint of the error, and says itself what is wrong.

/** A text that is not blank; spaces around it are dropped. */
export function text() {
  const error = "Allowed is any text.";
  return z.string({ error }).regex(/\S/, { error }).trim();
}

/** An id as elections, candidates and streams have them. */
export function identifier() {
  const error = `Allowed are 1 to ${maxIdBytes} of a-z, 0-9 and "-", the first not a "-".`;
  return z
    .string({ error })
    .regex(/^[a-z0-9][a-z0-9-]*$/, { error })
    .max(maxIdBytes, { error });
}

/** A number within bounds. */
export function number(min: number, max: number) {
  const error = allowedNumbers(min, max);
  return z.number({ error }).min(min, { error }).max(max, { error });
}

/** What a number's hint says. */
export function allowedNumbers(min: number, max: number): string {
  return `Allowed are numbers from ${min} to ${max}.`;
}

/** A whole number within bounds. */
export function wholeNumber(min: number, max: number) {
  const error = `Allowed are whole numbers from ${min} to ${max}.`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** One of the given words. */
export function oneOf<const Choice extends string>(choices: readonly Choice[]) {
  return z.enum(choices, { error: `Allowed are ${choices.join(", ")}.` });
}

/** A list with at most `maxLength` items. */
export function list<Item extends z.ZodType>(item: Item, maxLength: number) {
  const error = `Allowed is a list of 1 to ${maxLength} entries.`;
  return z.array(item, { error }).min(1, { error }).max(maxLength, { error });
}

/** Fields with these names and no others: a misspelt one would be ignored in silence. */
export function group<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const names = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `${didYouMean(issue.keys[0], names)}Allowed are ${names.join(", ")}.`
        : "Write name: value.",
  });
}

/** Reports a field that only the fields around it make wrong. */
export function addProblem(
  context: z.RefinementCtx,
  path: PropertyKey[],
  detail: string,
  hint: string,
): void {
  context.addIssue({ code: "custom", path, message: hint, params: { detail } });
}
