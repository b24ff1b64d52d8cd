import type { LiveResult } from "../../../contracts/http/result.js";
import { ageText, freshnessText, minMentionedMs } from "../shared/freshness.js";
import { formats, text } from "./locale.js";

/** How fresh the page is. Times are milliseconds since the epoch. */
export interface Freshness {
  readonly figures: LiveResult | undefined;
  /** When the connection was lost; `undefined` while it stands. */
  readonly lostAt: number | undefined;
  /** When the last event came. */
  readonly heardAt: number;
  readonly now: number;
}

/** Says that the connection is lost or the figures are old; empty if all is well. */
export function bannerText({ figures, lostAt, heardAt, now }: Freshness): string {
  if (now - (lostAt ?? now) >= minMentionedMs) {
    return text.reconnecting(ageText(heardAt, now, text, formats));
  }
  return figures === undefined ? "" : freshnessText(figures, now, text, formats);
}
