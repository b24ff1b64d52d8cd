import type { LiveResult } from "../../../contracts/http/result.js";
import { type Presentation, present } from "../shared/present.js";
import { element, setText } from "./dom.js";
import { formats, text } from "./locale.js";

/** Updates the page to a result. @param now milliseconds since the epoch, as the server has them */
export function showResult(figures: LiveResult, now: number): void {
  const shown = present(figures, text, formats, now);
  document.body.dataset.standing = shown.standing;
  document.title = `${figures.title} – ${shown.label}`;
  setText(element("title"), figures.title);
  setText(element("label"), shown.label);
  setText(element("note"), shown.note);
  setText(element("countdown"), shown.countdown);
  setText(element("counted"), shown.counted);
  setText(element("counted-unit"), shown.countedUnit);
  setText(element("margin"), shown.margin);
  element("margin").hidden = shown.margin === "";
  setText(element("rejected"), shown.rejected);
  setText(element("sealed"), shown.sealed);
  element("sealed-line").hidden = !shown.sealing;
  showLines(shown);
  showCertificate(shown);
}

/** Shows the time of the last update. @param at milliseconds since the epoch */
export function showUpdated(at: number): void {
  const updated = element("updated");
  updated.setAttribute("datetime", new Date(at).toISOString());
  setText(updated, formats.time(at));
}

function showLines({ lines, badge }: Presentation): void {
  const rows = element("lines").children;
  for (const [index, line] of lines.entries()) {
    const row = rows[index];
    row.classList.toggle("leading", line.leading);
    for (const name of ["votes", "share"] as const) {
      const cell = row.querySelector(`.${name}`);
      if (cell !== null) setText(cell, line[name]);
    }
    row.querySelector(".fill")?.setAttribute("width", line.width);
    const label = row.querySelector(".badge span");
    if (label !== null) setText(label, badge);
  }
}

function showCertificate({ digest, certifiedAt }: Presentation): void {
  const known = digest !== "";
  setText(element("digest"), digest);
  element("check-now").hidden = !known;
  element("check-later").hidden = known;
  setText(element("certified-at"), certifiedAt);
  element("certified-line").hidden = certifiedAt === "";
}
