import { type Formats, formatsFor } from "../shared/formats.js";
import { texts } from "../shared/texts.js";
import type { Texts } from "../shared/texts-en.js";

const language = document.documentElement.lang === "pt" ? "pt" : "en";
const chosenOnPage = new URLSearchParams(location.search).has("lang");

/** The tag for numbers and times: the reader's own, unless another language was chosen here. */
export const locale: string =
  navigator.languages.find((tag) => !chosenOnPage || tag.startsWith(language)) ?? language;
/** The texts in the page's language. */
export const text: Texts = texts[language];
/** Numbers and times in `locale`. */
export const formats: Formats = formatsFor(locale);
