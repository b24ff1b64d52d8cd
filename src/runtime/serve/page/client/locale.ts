import { type Formats, formatsFor } from "../shared/formats.js";
import { texts } from "../shared/texts.js";
import type { Texts } from "../shared/texts-en.js";

const language = document.documentElement.lang === "pt" ? "pt" : "en";
const chosenOnPage = new URLSearchParams(location.search).has("lang");

/** Of numbers and times: the reader's own, unless another language was chosen on the page. */
export const locale: string =
  navigator.languages.find((tag) => !chosenOnPage || tag.startsWith(language)) ?? language;
export const text: Texts = texts[language];
export const formats: Formats = formatsFor(locale);
