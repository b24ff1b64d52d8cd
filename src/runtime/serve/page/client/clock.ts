/** How far the server's clock is ahead of the reader's, in milliseconds. */
let aheadMs = 0;

/**
 * Sets the clock by an answer's `Date`, which has whole seconds, and the `Age` that a cache adds: a
 * countdown by the reader's own clock might be wrong by minutes.
 */
export function setClock({ headers }: Response): void {
  const at = Date.parse(headers.get("date") ?? "");
  const ageMs = Number(headers.get("age") ?? 0) * 1_000;
  if (Number.isFinite(at + ageMs)) aheadMs = at + ageMs + 500 - Date.now();
}

/** The time by the server's clock, to the second, in milliseconds since the epoch. */
export function serverNow(): number {
  return Date.now() + aheadMs;
}
