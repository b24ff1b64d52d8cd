import { Flags } from "@oclif/core";
import { VoteError } from "../../runtime/core/errors.js";
import { formatCount } from "../../runtime/text/numbers.js";

const factors: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, b: 1e9 };
const form = /^(\d{1,3}(?:[_,]\d{3})+|\d+)(\.\d+)?([kmb]?)$/i;

/**
 * Reads a whole number as people write it: `250000`, `250_000`, `250,000`, `250k`, `1.5M`, `2B`.
 *
 * @returns undefined for any other text
 */
export function parseWhole(text: string): number | undefined {
  const match = form.exec(text);
  if (match === null) return undefined;
  const [, whole, fraction = "", unit] = match;
  const value = Number(`${whole.replaceAll(/[_,]/g, "")}${fraction}`) * factors[unit.toLowerCase()];
  const rounded = Math.round(value);
  // 1.1M is 1100000.0000000001 in binary.
  return Math.abs(value - rounded) < 1e-3 && Number.isSafeInteger(rounded) ? rounded : undefined;
}

/**
 * Reads a whole number within bounds.
 *
 * @param name the flag, for the error
 * @throws VoteError `invalid-usage`
 */
export function wholeWithin(name: string, text: string, min = 0, max = Number.MAX_SAFE_INTEGER) {
  const value = parseWhole(text);
  if (value !== undefined && value >= min && value <= max) return value;
  const most = max === Number.MAX_SAFE_INTEGER ? "up" : `to ${formatCount(max)}`;
  const detail = `--${name} is "${text.slice(0, 40)}": it takes a whole number`;
  const examples = max >= 1_000_000 ? "250k, 1.5M, 250_000" : "12, 1500, 2k";
  throw new VoteError("invalid-usage", `${detail} from ${formatCount(min)} ${most}.`, {
    ...(max < 1_000 ? {} : { hint: `Write it like ${examples}.` }),
  });
}

/** A flag for a whole number, as `parseWhole` reads it, within `min` and `max`. */
export const wholeFlag = Flags.custom<number, { min?: number; max?: number }>({
  helpValue: "<number>",
  parse: async (text, _, { name, min, max }) => wholeWithin(name, text, min, max),
});
