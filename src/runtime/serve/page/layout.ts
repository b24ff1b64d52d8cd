import { type Html, html } from "../../http/html.js";
import { brandIcon } from "./icons.js";
import type { Reader } from "./negotiate-locale.js";
import type { Standing } from "./shared/live-result.js";
import { languages, texts } from "./shared/texts.js";
import type { Texts } from "./shared/texts-en.js";

/** Where the page's own files are; see `Assets`. */
export interface AssetUrls {
  readonly styles: string;
  readonly icon: string;
  /** The plotting library, a classic script. */
  readonly plot: string;
  /** A module of the client and all that it imports, itself first. */
  modulesOf(entry: "results" | "vote"): readonly string[];
}

export interface PageParts {
  readonly title: string;
  readonly reader: Reader;
  readonly assets: AssetUrls;
  readonly path: string;
  readonly standing?: Standing;
  readonly script?: "results" | "vote";
  readonly main: Html;
}

/** A whole document. Scripts and styles only by address: the policy allows nothing inline. */
export function documentOf(parts: PageParts): Html {
  const { title, reader, assets, standing, main } = parts;
  const text = texts[reader.language];
  return html`<!doctype html>
<html lang="${reader.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="stylesheet" href="${assets.styles}">
<link rel="icon" href="${assets.icon}" type="image/svg+xml">
${scriptsOf(parts)}
</head>
<body data-standing="${standing ?? "none"}">
<a class="skip" href="#main">${text.skip}</a>
<header class="top">
<a class="brand" href="/">${brandIcon}${text.brand}</a>
${languageLinks(parts, text)}
</header>
<main class="main" id="main" tabindex="-1">
${main}
</main>
<footer class="foot"><p>${text.about}</p></footer>
</body>
</html>
`;
}

function scriptsOf({ script, assets }: PageParts): Html | undefined {
  if (script === undefined) return undefined;
  const [entry, ...imported] = assets.modulesOf(script);
  // Fetched at once, instead of one after the other as the browser finds them.
  const preloads = imported.map((url) => html`<link rel="modulepreload" href="${url}">`);
  const plot = script === "results" && html`<script defer src="${assets.plot}"></script>`;
  return html`${preloads}${plot}<script type="module" src="${entry}"></script>`;
}

function languageLinks({ path, reader }: PageParts, text: Texts): Html {
  const links = languages.map((language) => {
    const current = language === reader.language && html` aria-current="true"`;
    const href = `${path}?lang=${language}`;
    const name = texts[language].languageName;
    return html`<li><a href="${href}" lang="${language}" hreflang="${language}"${current}>${
      name
    }</a></li>`;
  });
  return html`<nav aria-label="${text.language}"><ul class="languages">${links}</ul></nav>`;
}
