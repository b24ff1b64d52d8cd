import { type Html, html } from "../../http/html.js";
import { brandIcon } from "./icons.js";
import type { Localization } from "./negotiate-locale.js";
import type { Standing } from "./shared/live-result.js";
import { languages, texts } from "./shared/texts.js";
import type { Texts } from "./shared/texts-en.js";

/** The addresses of the pages' own files; see `Assets`. */
export interface AssetUrls {
  readonly styles: string;
  readonly icon: string;
  /** The plotting library, a classic script. */
  readonly plot: string;
  /** The addresses of a client module and all that it imports, itself first. */
  modulesOf(entry: "results" | "voting/vote"): readonly string[];
}

interface PageParts {
  readonly title: string;
  readonly localization: Localization;
  readonly assets: AssetUrls;
  readonly path: string;
  readonly standing?: Standing;
  readonly script?: "results" | "voting/vote";
  readonly main: Html;
}

/**
 * Renders a whole document. Scripts and styles are linked, since the policy forbids inline ones.
 */
export function documentOf(parts: PageParts): Html {
  const { title, localization, assets, standing, main } = parts;
  const text = texts[localization.language];
  return html`<!doctype html>
<html lang="${localization.language}">
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
  // Fetched in parallel, not one after the other as the browser finds the imports.
  const preloads = imported.map((url) => html`<link rel="modulepreload" href="${url}">`);
  const plot = script === "results" && html`<script defer src="${assets.plot}"></script>`;
  return html`${preloads}${plot}<script type="module" src="${entry}"></script>`;
}

function languageLinks({ path, localization }: PageParts, text: Texts): Html {
  const links = languages.map((language) => {
    const current = language === localization.language && html` aria-current="true"`;
    const href = `${path}?lang=${language}`;
    const name = texts[language].languageName;
    return html`<li><a href="${href}" lang="${language}" hreflang="${language}"${current}>${
      name
    }</a></li>`;
  });
  return html`<nav aria-label="${text.language}"><ul class="languages">${links}</ul></nav>`;
}
