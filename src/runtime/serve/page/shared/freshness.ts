import type { LiveResult } from "../../../contracts/http/result.js";
import type { Formats } from "./formats.js";
import type { Texts } from "./texts-en.js";

/** A shorter delay is not mentioned. */
export const minMentionedMs = 2_000;

/** Says how long ago something was. Times are milliseconds since the epoch. */
export function ageText(since: number, now: number, texts: Texts, formats: Formats): string {
  return texts.age(formats.count(Math.max(0, Math.round((now - since) / 1_000))));
}

/** Says that figures are old or behind; empty if they are neither. */
export function freshnessText(
  { stale, asOf, behind }: LiveResult,
  now: number,
  texts: Texts,
  formats: Formats,
): string {
  if (stale === true && asOf !== undefined) {
    return texts.stale(formats.time(asOf), ageText(asOf, now, texts, formats));
  }
  const lateMs = now - (behind?.since ?? now);
  return lateMs < minMentionedMs ? "" : texts.behind(formats.count(Math.round(lateMs / 1_000)));
}
