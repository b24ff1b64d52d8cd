/**
 * Reads a time with its offset, as in `2027-01-31T20:00:00Z` (RFC 3339): without the offset it
 * would mean another moment on another machine.
 *
 * @returns milliseconds since the epoch; undefined for any other text
 */
export function momentOf(text: string): number | undefined {
  const whole = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const ms = whole ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
