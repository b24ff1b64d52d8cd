import { VoteError } from "../../runtime/core/errors.js";
import { momentOf } from "../../runtime/text/moment.js";

/**
 * A time given on the command line, as a field of its own: nothing where none was given.
 *
 * @param text as in 2027-01-31T20:00:00Z or 2027-01-31T21:00:00+01:00
 * @throws VoteError `invalid-usage`
 */
export function parseMoment<const Name extends string>(
  name: Name,
  text: string | undefined,
): { readonly [name in Name]?: number } {
  if (text === undefined) return {};
  const ms = momentOf(text);
  if (ms !== undefined) return { [name]: ms } as { readonly [name in Name]: number };
  throw new VoteError("invalid-usage", `"${text.slice(0, 40)}" is not a time.`, {
    hint: "Write it with its offset from UTC: 2027-01-31T20:00:00Z, 2027-01-31T21:00:00+01:00.",
  });
}
