import Negotiator from "negotiator";
import { type Language, languages } from "./shared/texts.js";

/** How a page is written for its reader. */
export interface Localization {
  readonly language: Language;
  /** A language tag for numbers and times, which may differ from the language of the texts. */
  readonly locale: string;
}

/** More tags than a browser sends; each costs a look-up. */
const maxTags = 16;

/**
 * Chooses a page's language and number format.
 *
 * @param accepted the `Accept-Language` header (RFC 9110 12.5.4)
 * @param chosen the `?lang=` that the reader picked on the page; ignored if we do not speak it
 */
export function negotiateLocale(accepted: string | undefined, chosen: unknown): Localization {
  const tags = new Negotiator({ headers: { "accept-language": accepted } }).languages();
  const wanted = tags.slice(0, maxTags).flatMap((tag) => supportedTag(tag) ?? []);
  const ours = (tag: string) => languages.find((one) => tag === one || tag.startsWith(`${one}-`));
  const explicit = languages.find((one) => one === chosen);
  const language = explicit ?? wanted.map(ours).find((one) => one !== undefined) ?? "en";
  const matching = wanted.filter((tag) => explicit === undefined || ours(tag) === explicit);
  return { language, locale: matching[0] ?? language };
}

/** Keeps language and region only: there are few of these, so pages can be cached by them. */
function supportedTag(tag: string): string | undefined {
  try {
    const { language, region } = new Intl.Locale(tag);
    const short = region === undefined ? language : `${language}-${region}`;
    return Intl.NumberFormat.supportedLocalesOf(short)[0];
  } catch {
    return undefined;
  }
}
