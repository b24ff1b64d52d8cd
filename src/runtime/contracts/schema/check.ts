import type { z } from "zod";
import { type ErrorCode, VoteError } from "../../core/errors.js";

type DeepReadonly<T> = T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> } : T;

/** What a schema accepts, once it is checked: deeply read-only. */
export type Contract<Schema extends z.ZodType> = DeepReadonly<z.output<Schema>>;

/**
 * Makes the error for one field.
 *
 * @param field  its path, `streams[0].name`; empty for the whole
 * @param detail what is wrong with it, to follow its name: `is missing`
 * @param hint   what is allowed there
 */
export type Refuse = (field: string, detail: string, hint: string) => VoteError;

/** Errors that name the file and the field: `lunch.yaml: streams[0].via is "pigeon".` */
export function refuseIn(file: string, code: ErrorCode): Refuse {
  return (field, detail, hint) => {
    const place = field === "" ? file : `${file}: ${field}`;
    return new VoteError(code, `${place} ${detail}.`, { hint });
  };
}

/**
 * The source as its schema describes it, with defaults filled in.
 *
 * @param source parsed JSON or YAML
 * @throws VoteError made by `refuse`, for the first field that does not match the schema
 */
export function check<Schema extends z.ZodType>(
  schema: Schema,
  source: unknown,
  refuse: Refuse,
): Contract<Schema> {
  const { error, data } = schema.safeParse(source, { reportInput: true });
  if (error === undefined) return data as Contract<Schema>;
  const [issue] = error.issues;
  const field = pathText(issue.code === "unrecognized_keys" ? unknownKey(issue) : issue.path);
  throw refuse(field, detailOf(issue), issue.message);
}

function unknownKey({ path, keys }: z.core.$ZodIssueUnrecognizedKeys): PropertyKey[] {
  return [...path, keys[0]];
}

/** `streams[0].name` */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`))
    .join("")
    .replace(/^\./, "");
}

/** What is wrong, in words that follow the field's name. The issue's own message is the hint. */
function detailOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "custom" && typeof issue.params?.detail === "string") {
    return issue.params.detail;
  }
  if (issue.code === "unrecognized_keys") return "is not known";
  const input = discriminatorOf(issue);
  if (input === undefined) return "is missing";
  if (issue.code === "invalid_type" && issue.expected === "object") {
    return "is not a group of fields";
  }
  if (Array.isArray(input) && (issue.code === "too_small" || issue.code === "too_big")) {
    return `has ${input.length} entries`;
  }
  return `is ${show(input)}`;
}

/** The value that the issue is about: zod reports a choice of groups with the whole group. */
function discriminatorOf(issue: z.core.$ZodIssue): unknown {
  if (issue.code !== "invalid_union" || issue.discriminator === undefined) return issue.input;
  return (issue.input as Readonly<Record<string, unknown>>)[issue.discriminator];
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
