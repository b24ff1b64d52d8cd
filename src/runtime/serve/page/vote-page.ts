import type { LiveResult } from "../../contracts/http/result.js";
import { type Html, html } from "../../http/html.js";
import { checkIcon, standingIcons } from "./icons.js";
import { type AssetUrls, documentOf } from "./layout.js";
import type { Localization } from "./negotiate-locale.js";
import { standingOf } from "./shared/live-result.js";
import { texts } from "./shared/texts.js";
import type { Texts } from "./shared/texts-en.js";

/**
 * Renders the voting page. The voter's token is in the address's fragment, which browsers do not
 * send, so this server never sees it.
 *
 * @param voteUrl the ingest's origin
 */
export function votePage(
  figures: LiveResult,
  localization: Localization,
  assets: AssetUrls,
  voteUrl: string,
): Html {
  const text = texts[localization.language];
  const standing = standingOf(figures);
  const path = `/elections/${figures.election}`;
  const main = html`
<noscript><p class="banner">${text.voting.needsScript}</p></noscript>
<section class="hero" id="voting" data-election="${figures.election}" data-ingest="${voteUrl}">
<div>
<p class="status">${standingIcons}<span id="label">${text.standing[standing].label}</span></p>
<h1>${figures.title}</h1>
<p class="note">${text.standing[standing].note}</p>
</div>
</section>
${ballotForm(figures, text)}
${receipt(path, text)}`;
  const title = `${text.voting.heading} – ${figures.title}`;
  return documentOf({
    title,
    localization,
    assets,
    path: `${path}/vote`,
    standing,
    script: "vote",
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
  return html`<form class="card ballot" id="ballot">
<p class="voter" id="voter"></p>
<fieldset id="choices" disabled><legend>${text.voting.choose}</legend>${choices}</fieldset>
<button class="button" id="submit" type="submit" disabled>${text.voting.submit}</button>
<p class="message" id="message" role="status"></p>
</form>`;
}

function receipt(path: string, { voting }: Texts): Html {
  const line = (label: string, id: string) =>
    html`<div><dt>${label}</dt><dd id="${id}"></dd></div>`;
  return html`<section class="card receipt" id="receipt" aria-labelledby="receipt-heading"
 tabindex="-1" hidden>
<h2 id="receipt-heading">${voting.receipt}</h2>
<p>${voting.receiptNote}</p>
<dl class="facts">
${line(voting.yourChoice, "receipt-choice")}
<div><dt>${voting.ballotId}</dt><dd class="digest" id="receipt-ballot"></dd></div>
${line(voting.partition, "receipt-partition")}
${line(voting.position, "receipt-position")}
${line(voting.receivedAt, "receipt-time")}
</dl>
<p class="progress" id="progress" role="status"><span id="progress-icon" hidden>${
    checkIcon
  }</span><span id="progress-text">${voting.waiting}</span></p>
<p class="after" id="after"></p>
<p><a class="button" href="${path}">${voting.toResults}</a></p>
</section>`;
}
