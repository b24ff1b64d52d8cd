import { type Language, languages } from "./shared/texts.js";

/** For whom a page is written. */
export interface Reader {
  /** Of the texts. */
  readonly language: Language;
  /** Of numbers and times: also where the texts are in another language. */
  readonly locale: string;
}

/**
 * By the languages that the browser asks for, best first, and the one chosen on the page.
 *
 * @param accepted header Accept-Language
 * @param chosen   `?lang=`; anything but a language of ours is ignored
 */
export function readerOf(accepted: string | undefined, chosen: unknown): Reader {
  const wanted = localesOf(accepted ?? "");
  const ours = (tag: string) => languages.find((one) => tag === one || tag.startsWith(`${one}-`));
  const explicit = languages.find((one) => one === chosen);
  const language = explicit ?? wanted.map(ours).find((one) => one !== undefined) ?? "en";
  const matching = wanted.filter((tag) => explicit === undefined || ours(tag) === explicit);
  return { language, locale: matching[0] ?? language };
}

/** Language and region only: of these there are few, so pages can be kept for each. */
function localesOf(header: string): string[] {
  return header
    .slice(0, 200)
    .split(",")
    .map((part) => {
      const [tag, ...parameters] = part.trim().split(/\s*;\s*/);
      const quality = parameters.find((one) => one.startsWith("q="))?.slice(2);
      return { tag: knownTag(tag), quality: quality === undefined ? 1 : Number(quality) };
    })
    .filter(({ tag, quality }) => tag !== undefined && quality > 0)
    .sort((one, other) => other.quality - one.quality)
    .flatMap(({ tag }) => (tag === undefined ? [] : [tag]));
}

function knownTag(tag: string): string | undefined {
  try {
    const { language, region } = new Intl.Locale(tag);
    const short = region === undefined ? language : `${language}-${region}`;
    return Intl.NumberFormat.supportedLocalesOf(short)[0];
  } catch {
    return undefined;
  }
}
