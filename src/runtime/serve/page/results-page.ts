import type { LiveResult } from "../../contracts/http/result.js";
import { type Html, html } from "../../http/html.js";
import { leadIcon, standingIcons } from "./icons.js";
import { type AssetUrls, documentOf } from "./layout.js";
import type { Localization } from "./negotiate-locale.js";
import { type Formats, formatsFor } from "./shared/formats.js";
import { freshnessText } from "./shared/freshness.js";
import { type Presentation, present } from "./shared/present.js";
import { texts } from "./shared/texts.js";
import type { Texts } from "./shared/texts-en.js";

/** How many colours the styles have for candidates; more candidates begin with the first again. */
const colours = 8;

interface ResultsPage {
  readonly figures: LiveResult;
  readonly localization: Localization;
  readonly assets: AssetUrls;
  /** When the page is rendered, milliseconds since the epoch. */
  readonly now: number;
}

/** Renders an election's result; in the browser, the script keeps it up to date. */
export function resultsPage(page: ResultsPage): Html {
  const { figures, localization, assets, now } = page;
  const text = texts[localization.language];
  const formats = formatsFor(localization.locale, "UTC");
  const shown = present(figures, text, formats, now);
  const path = `/elections/${figures.election}`;
  const asOf = figures.asOf ?? now;
  const warning = freshnessText(figures, now, text, formats);
  const main = html`
<noscript><p class="banner">${text.withoutScript} <a href="${path}?lang=${localization.language}">${
    text.refresh
  }</a></p></noscript>
<p class="banner" id="banner"${warning === "" && html` hidden`}>${warning}</p>
<p class="unseen" id="announcer" role="status"></p>
<section class="hero" id="live" aria-labelledby="title" data-election="${figures.election}">
<div>
<p class="status">${standingIcons}<span id="label">${shown.label}</span></p>
<h1 id="title">${figures.title}</h1>
<p class="note"><span id="note">${shown.note}</span> <span id="countdown"></span></p>
</div>
<p class="total"><b id="counted">${shown.counted}</b><span id="counted-unit">${
    shown.countedUnit
  }</span></p>
</section>
<div class="columns">
<div class="stack">
<section class="card" aria-labelledby="results-heading">
<h2 class="unseen" id="results-heading">${text.results}</h2>
${table(figures, shown, text)}
<p class="margin" id="margin"${shown.margin === "" && html` hidden`}>${shown.margin}</p>
</section>
${turnoutCard(text)}
</div>
<div class="stack">
${rateCard(text)}
${factsCard(page, shown, text, formats, asOf)}
${checkCard(figures, shown, text)}
</div>
</div>`;
  const { title } = figures;
  const { standing } = shown;
  const head = `${title} – ${shown.label}`;
  return documentOf({ title: head, localization, assets, path, standing, script: "results", main });
}

/** Roles are explicit, because rows laid out as grids can lose theirs. */
function table(figures: LiveResult, shown: Presentation, text: Texts): Html {
  const rows = shown.lines.map(
    ({ votes, share, width, leading }, index) => html`
<tr role="row" data-colour="${index % colours}"${leading && html` class="leading"`}>
<th class="name" role="rowheader" scope="row"><span>${figures.result[index].name}</span><span
 class="badge">${leadIcon}<span>${shown.badge}</span></span></th>
<td class="share" role="cell">${share}</td>
<td class="votes" role="cell">${votes}</td>
<td class="draw" aria-hidden="true"><svg class="bar"><rect class="track"
 width="100%" height="100%" rx="5"/><rect class="fill" width="${width}" height="100%"
 rx="5"/></svg></td>
</tr>`,
  );
  return html`<table class="results" role="table">
<caption class="unseen">${text.shareOfVotes}</caption>
<thead class="unseen" role="rowgroup"><tr role="row">
<th role="columnheader" scope="col">${text.candidate}</th>
<th role="columnheader" scope="col">${text.share}</th>
<th role="columnheader" scope="col">${text.votes}</th>
</tr></thead>
<tbody id="lines" role="rowgroup">${rows}</tbody>
</table>`;
}

/** Both are hidden until the script has something to show. */
function turnoutCard(text: Texts): Html {
  return html`<section class="card turnout" id="turnout-card"
 aria-labelledby="turnout-heading" hidden>
<h2 id="turnout-heading">${text.turnout}</h2>
<figure><div class="plot" id="turnout-plot" aria-hidden="true"></div><figcaption
 id="turnout-caption"></figcaption></figure>
</section>`;
}

function rateCard(text: Texts): Html {
  return html`<section class="card rate" id="rate-card" aria-labelledby="rate-heading" hidden>
<h2 id="rate-heading">${text.votesPerSecond}</h2>
<p id="rate-line"><b id="rate"></b> <span id="rate-note"></span></p>
<figure id="rate-figure" hidden><div class="plot" id="plot" aria-hidden="true"></div><figcaption
 id="plot-caption"></figcaption></figure>
</section>`;
}

function factsCard(
  { figures }: ResultsPage,
  shown: Presentation,
  text: Texts,
  formats: Formats,
  asOf: number,
): Html {
  const base = `/elections/${figures.election}`;
  return html`<section class="card" aria-labelledby="facts-heading">
<h2 id="facts-heading">${text.facts}</h2>
<dl class="facts">
<div><dt>${text.lastUpdate}</dt><dd><time id="updated" datetime="${new Date(
    asOf,
  ).toISOString()}">${formats.time(asOf)}</time></dd></div>
<div><dt>${text.rejected}</dt><dd id="rejected">${shown.rejected}</dd></div>
<div id="sealed-line"${!shown.sealing && html` hidden`}><dt>${text.partitionsSealed}</dt><dd
 id="sealed">${shown.sealed}</dd></div>
<div id="certified-line"${shown.certifiedAt === "" && html` hidden`}><dt>${text.certified}</dt><dd
 id="certified-at">${shown.certifiedAt}</dd></div>
</dl>
<ul class="downloads" aria-label="${text.downloads}">
<li><a href="/v1${base}/result" download="${figures.election}.json">JSON</a></li>
<li><a href="${base}/result.csv" download="${figures.election}.csv">CSV</a></li>
</ul>
</section>`;
}

function checkCard(figures: LiveResult, { digest }: Presentation, text: Texts): Html {
  const known = digest !== "";
  return html`<section class="card check" aria-labelledby="check-heading">
<h2 id="check-heading">${text.check}</h2>
<div id="check-now"${!known && html` hidden`}>
<p><span class="quiet">${text.digest}</span><br><span class="digest"
 id="digest">${digest}</span></p>
<p>${text.checkWithDigest}</p>
<p><code>vote recount --election ${figures.election}</code></p>
</div>
<p id="check-later"${known && html` hidden`}>${text.checkLater}</p>
</section>`;
}
