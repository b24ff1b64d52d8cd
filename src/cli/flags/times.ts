import { VoteError } from "../../runtime/core/errors.js";
import { momentOf } from "../../runtime/text/moment.js";

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * Parses a duration with its unit: `500ms`, `10s`, `5m`, `1h`, `2d`.
 *
 * @returns milliseconds *
 * @throws VoteError `invalid-usage`
 */
export function parseDurationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  if (match !== null) return Number(match[1]) * unitMs[match[2] as keyof typeof unitMs];
  throw new VoteError("invalid-usage", `"${text.slice(0, 40)}" is not a duration.`, {
    hint: "Write a number with its unit: 500ms, 10s, 5m, 1h, 2d.",
  });
}

/**
 * Parses an optional time into a field to spread: `{}` when it was not given.
 *
 * @param text ISO 8601 with an offset: 2027-01-31T20:00:00Z or 2027-01-31T21:00:00+01:00
 * @throws VoteError `invalid-usage`
 */
export function parseMoment<const Name extends string>(
  name: Name,
  text: string | undefined,
): { readonly [name in Name]?: number } {
  if (text === undefined) return {};
  const ms = momentOf(text);
  if (ms !== undefined) return { [name]: ms } as { readonly [name in Name]: number };
  throw notATime(text);
}

/**
 * Parses a change of a time into a field to spread: `none` removes it.
 *
 * @throws VoteError `invalid-usage`
 */
export function parseMomentChange<const Name extends string>(
  name: Name,
  text: string | undefined,
): { readonly [name in Name]?: number | null } {
  return text === "none"
    ? ({ [name]: null } as { readonly [name in Name]: null })
    : parseMoment(name, text);
}

function notATime(text: string): VoteError {
  return new VoteError("invalid-usage", `"${text.slice(0, 40)}" is not a time.`, {
    hint: "Write it with its offset from UTC: 2027-01-31T20:00:00Z, 2027-01-31T21:00:00+01:00.",
  });
}
