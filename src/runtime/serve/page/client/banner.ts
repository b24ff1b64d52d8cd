import { ageText, freshnessText, saidFromMs } from "../shared/freshness.js";
import type { Figures } from "../shared/live-result.js";
import { formats, text } from "./locale.js";

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
  if (now - (lostAt ?? now) >= saidFromMs) {
    return text.reconnecting(ageText(heardAt, now, text, formats));
  }
  return figures === undefined ? "" : freshnessText(figures, now, text, formats);
}
