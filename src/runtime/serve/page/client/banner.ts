import type { LiveResult } from "../../../contracts/http/result.js";
import type { Formats } from "../shared/formats.js";
import { ageText, freshnessText, minMentionedMs } from "../shared/freshness.js";
import type { Texts } from "../shared/texts-en.js";

/** How fresh the page is. Times are milliseconds since the epoch. */
export interface Freshness {
  readonly figures: LiveResult | undefined;
  /** When the connection was lost; `undefined` while it stands. */
  readonly lostAt: number | undefined;
  /** When the last event came. */
  readonly heardAt: number;
  /** Nothing more will come. */
  readonly ended: boolean;
  readonly now: number;
}

/** Three missed signs of life: for so long without any, the server is silent. */
export const maxSilenceMs = 15_500;

/** Says that nothing is heard or the figures are old; empty if all is well. */
export function bannerText(freshness: Freshness, text: Texts, formats: Formats): string {
  const { figures, lostAt, heardAt, ended, now } = freshness;
  const age = ageText(heardAt, now, text, formats);
  if (!ended && now - heardAt >= maxSilenceMs) return text.silent(age);
  if (now - (lostAt ?? now) >= minMentionedMs) return text.reconnecting(age);
  return figures === undefined ? "" : freshnessText(figures, now, text, formats);
}
