import type { Figures } from "../shared/figures.js";
import { formats, text } from "./reader.js";

/** A moment without a connection, or of being behind, needs no words. */
const saidFromMs = 2_000;

/** Times are milliseconds since the epoch. */
export interface Freshness {
  readonly figures: Figures | undefined;
  /** Since when there is no connection; `undefined` while there is one. */
  readonly lostAt: number | undefined;
  /** When an event came last. */
  readonly heardAt: number;
  readonly now: number;
}

/** What a reader must know about the age of the figures; empty when there is nothing. */
export function bannerText({ figures, lostAt, heardAt, now }: Freshness): string {
  const age = (since: number) =>
    text.age(formats.count(Math.max(0, Math.round((now - since) / 1_000))));
  if (now - (lostAt ?? now) >= saidFromMs) return text.reconnecting(age(heardAt));
  if (figures?.stale === true) {
    const asOf = figures.asOf ?? heardAt;
    return text.stale(formats.time(asOf), age(asOf));
  }
  const lateMs = now - (figures?.behind?.since ?? now);
  return lateMs < saidFromMs ? "" : text.behind(formats.count(Math.round(lateMs / 1_000)));
}
