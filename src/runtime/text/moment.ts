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

/** `14:03:59` in the reader's time zone. @param at milliseconds since the epoch */
export function formatTime(at: number): string {
  const date = new Date(at);
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}
