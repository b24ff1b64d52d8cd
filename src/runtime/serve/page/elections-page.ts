import type { Election } from "../../core/election.js";
import { type Html, html } from "../../http/html.js";
import { standingIcons } from "./icons.js";
import { type AssetUrls, documentOf } from "./layout.js";
import type { Localization } from "./negotiate-locale.js";
import { standingOf } from "./shared/live-result.js";
import { texts } from "./shared/texts.js";

/** Renders the list of elections, newest first. */
export function electionsPage(
  elections: readonly Election[],
  localization: Localization,
  assets: AssetUrls,
): Html {
  const text = texts[localization.language];
  const items = [...elections]
    .sort((one, other) => other.createdAt - one.createdAt)
    .map((election) => {
      const standing = standingOf({ ...election, official: election.status === "certified" });
      const href = `/elections/${election.id}?lang=${localization.language}`;
      return html`<li class="card" data-standing="${standing}"><a href="${href}">${
        election.title
      }</a><p class="status">${standingIcons}${text.standing[standing].label}</p></li>`;
    });
  const list =
    items.length === 0
      ? html`<p class="note">${text.noElections}</p>`
      : html`<ul class="elections">${items}</ul>`;
  const main = html`<div class="hero"><h1>${text.elections}</h1></div>${list}`;
  return documentOf({ title: text.elections, localization, assets, path: "/", main });
}

/** Renders an error for a person. */
export function problemPage(
  problem: { readonly title: string; readonly detail: string },
  localization: Localization,
  assets: AssetUrls,
): Html {
  const text = texts[localization.language];
  const main = html`<div class="hero"><h1>${text.problem}</h1></div>
<div class="card"><p lang="en">${problem.detail}</p><p>${text.problemHint} <a href="/">${
    text.allElections
  }</a></p></div>`;
  return documentOf({ title: problem.title, localization, assets, path: "/", main });
}
