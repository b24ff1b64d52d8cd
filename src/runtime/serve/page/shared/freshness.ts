import type { Formats } from "./formats.js";
import type { Figures } from "./live-result.js";
import type { Texts } from "./texts-en.js";

/** Being behind for less than this needs no words. */
export const saidFromMs = 2_000;

/** How long ago something was, in words. Times are milliseconds since the epoch. */
export function ageText(since: number, now: number, texts: Texts, formats: Formats): string {
  return texts.age(formats.count(Math.max(0, Math.round((now - since) / 1_000))));
}

/** What a reader must know of the figures' age; empty when there is nothing. */
export function freshnessText(
  { stale, asOf, behind }: Figures,
  now: number,
  texts: Texts,
  formats: Formats,
): string {
  if (stale === true && asOf !== undefined) {
    return texts.stale(formats.time(asOf), ageText(asOf, now, texts, formats));
  }
  const lateMs = now - (behind?.since ?? now);
  return lateMs < saidFromMs ? "" : texts.behind(formats.count(Math.round(lateMs / 1_000)));
}
