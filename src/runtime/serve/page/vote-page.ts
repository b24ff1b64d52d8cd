import type { LiveResult } from "../../contracts/http/result.js";
import { type Html, html } from "../../http/html.js";
import { decisionIcons, standingIcons } from "./icons.js";
import { type AssetUrls, documentOf } from "./layout.js";
import type { Localization } from "./negotiate-locale.js";
import { formatsFor } from "./shared/formats.js";
import { hoursText, phaseOf, standingOfPhase } from "./shared/hours.js";
import { texts } from "./shared/texts.js";
import type { Texts } from "./shared/texts-en.js";

interface VotePage {
  readonly figures: LiveResult;
  readonly localization: Localization;
  readonly assets: AssetUrls;
  /** The ingest's origin. */
  readonly voteUrl: string;
  /** When the page is rendered, milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Renders the voting page. The voter's token is in the address's fragment, which browsers do not
 * send, so this server never sees it. The form, the receipt and the word to who has voted are
 * hidden until the script knows which of them is due.
 */
export function votePage({ figures, localization, assets, voteUrl, now }: VotePage): Html {
  const text = texts[localization.language];
  const { election, title, status, openedAt, opensAt, closesAt } = figures;
  const path = `/elections/${election}`;
  const hours = JSON.stringify({ status, opensAt, openedAt, closesAt });
  const said = hoursText(figures, now, text, formatsFor(localization.locale, "UTC"));
  const main = html`
<noscript><p class="banner">${text.voting.needsScript}</p></noscript>
<section class="hero" id="voting" data-election="${election}" data-ingest="${voteUrl}"
 data-hours="${hours}">
<div>
<p class="status">${standingIcons}<span id="hours">${said}</span></p>
<h1>${title}</h1>
<p class="note" id="countdown"></p>
</div>
</section>
${ballotForm(figures, text)}
${receipt(text)}
${voted(text)}
<p class="card message" id="message" role="status" hidden></p>
<p class="onward"><a href="${path}">${text.voting.toResults}</a></p>`;
  return documentOf({
    title: `${text.voting.heading} – ${title}`,
    localization,
    assets,
    path: `${path}/vote`,
    standing: standingOfPhase(phaseOf(figures, now)),
    script: "voting/vote",
    main,
  });
}

function ballotForm(figures: LiveResult, text: Texts): Html {
  const choices = figures.result.map(
    ({ candidate, name }) => html`
<label class="choice"><input type="radio" name="choice" value="${candidate}"><span>${
      name
    }</span></label>`,
  );
  return html`<form class="card ballot" id="ballot" hidden>
<p class="voter" id="voter"></p>
<fieldset id="choices"><legend>${text.voting.choose}</legend>${choices}</fieldset>
<button class="button" id="submit" type="submit">${text.voting.submit}</button>
</form>`;
}

function receipt({ voting }: Texts): Html {
  const line = (label: string, id: string) =>
    html`<div><dt>${label}</dt><dd id="${id}"></dd></div>`;
  return html`<section class="card receipt" id="receipt" aria-labelledby="receipt-heading"
 tabindex="-1" hidden>
<h2 id="receipt-heading">${voting.receipt}</h2>
<p class="arrived">${voting.receiptNote}</p>
<dl class="facts">
${line(voting.yourChoice, "receipt-choice")}
<div><dt>${voting.ballotId}</dt><dd class="digest" id="receipt-ballot"></dd></div>
${line(voting.receivedAt, "receipt-time")}
</dl>
${progress("progress", voting)}
<p class="after">${voting.onlyFirst}</p>
<div class="signed" id="signed" hidden>
<p><a id="signed-save" href="#receipt">${voting.save}</a></p>
<p>${voting.saveNote}</p>
<details><summary>${voting.picture}</summary>
<p>${voting.pictureNote}</p>
<svg class="picture" id="signed-picture" role="img" aria-label="${voting.pictureLabel}"></svg>
</details>
</div>
<details><summary>${voting.details}</summary>
<p>${voting.detailsNote}</p>
<dl class="facts">
${line(voting.partition, "receipt-partition")}
${line(voting.position, "receipt-position")}
<div><dt>${voting.signed}</dt><dd class="digest" id="signed-text"></dd></div>
</dl>
</details>
</section>`;
}

function voted({ voting }: Texts): Html {
  return html`<section class="card receipt" id="voted" aria-labelledby="voted-heading"
 tabindex="-1" hidden>
<h2 id="voted-heading">${voting.voted}</h2>
<p id="voted-note"></p>
${progress("voted-progress", voting)}
<p class="after">${voting.onlyFirst}</p>
</section>`;
}

/** Says what becomes of the ballot. */
function progress(id: string, { waiting }: Texts["voting"]): Html {
  return html`<p class="progress" id="${id}" role="status">${decisionIcons}<span id="${id}-text">${
    waiting
  }</span></p>`;
}
