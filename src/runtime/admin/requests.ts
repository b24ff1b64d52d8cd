import type { Candidate, ElectionSchedule } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import type { ElectionRequest } from "./election-admin.js";

type Fields = Readonly<Record<string, unknown>>;

const defaultPartitions = 8;

/** @throws VoteError `invalid-election` for a field that is missing, wrong or not known */
export function electionRequest(body: unknown): ElectionRequest {
  const fields = fieldsOf(body, ["id", "title", "candidates", "partitions", "opensAt", "closesAt"]);
  const { id, title, candidates, partitions = defaultPartitions } = fields;
  if (typeof id !== "string") throw wrong("id", "a text");
  if (typeof title !== "string") throw wrong("title", "a text");
  if (!Array.isArray(candidates)) throw wrong("candidates", "a list of {id, name}");
  if (typeof partitions !== "number") throw wrong("partitions", "a whole number");
  return { id, title, candidates: candidates.map(candidate), partitions, ...schedule(fields) };
}

/** @throws VoteError `invalid-election` */
export function scheduleRequest(body: unknown): ElectionSchedule {
  return schedule(fieldsOf(body, ["opensAt", "closesAt"]));
}

function candidate(item: unknown): Candidate {
  const { id, name = id } = fieldsOf(item, ["id", "name"]);
  if (typeof id !== "string" || typeof name !== "string") {
    throw wrong("candidates", "a list of {id, name}");
  }
  return { id, name };
}

/** Times as milliseconds since the epoch, or as RFC 3339 texts. */
function schedule(fields: Fields): ElectionSchedule {
  const opensAt = time(fields, "opensAt");
  const closesAt = time(fields, "closesAt");
  return {
    ...(opensAt === undefined ? {} : { opensAt }),
    ...(closesAt === undefined ? {} : { closesAt }),
  };
}

function time(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  const ms = typeof value === "string" ? timeOf(value) : value;
  if (typeof ms === "number" && Number.isSafeInteger(ms)) return ms;
  throw wrong(name, "a time as in 2027-01-31T20:00:00Z, or milliseconds since 1970");
}

/**
 * A time with its offset: without one, it would mean another moment on another machine.
 *
 * @returns milliseconds since the epoch; undefined for anything else
 */
export function timeOf(text: string): number | undefined {
  const whole = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const ms = whole ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

function fieldsOf(body: unknown, known: readonly string[]): Fields {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new VoteError("invalid-election", "The body is not a JSON object.");
  }
  const other = Object.keys(body).find((name) => !known.includes(name));
  if (other === undefined) return body as Fields;
  throw new VoteError("invalid-election", `The field ${other.slice(0, 40)} is not known.`, {
    hint: `There are ${known.join(", ")}.`,
  });
}

function wrong(field: string, allowed: string): VoteError {
  return new VoteError("invalid-election", `The field ${field} is missing or wrong.`, {
    hint: `It is ${allowed}.`,
  });
}
