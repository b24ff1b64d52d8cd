import type { Figures } from "../shared/live-result.js";
import { Announcer } from "./announcer.js";
import { bannerText } from "./banner.js";
import { Chart } from "./chart.js";
import { element, setText } from "./dom.js";
import { follow } from "./live.js";
import { formats, text } from "./locale.js";
import { type CountedAt, RateHistory } from "./rate.js";
import { showFigures, showUpdated } from "./results-view.js";

const election = element("live").dataset.election ?? "";
const announcer = new Announcer(Date.now());
const history = new RateHistory();
const chart = new Chart(element("plot"));
let figures: Figures | undefined;
let lostAt: number | undefined;
let ended = false;
let heardAt = Date.now();

follow(election, {
  figures(next) {
    figures = next;
    heardAt = Date.now();
    lostAt = undefined;
    showFigures(next);
    showUpdated(next.asOf ?? heardAt);
    announcer.figures(next, heardAt);
    if (next.status !== "open") showRate();
    freshen();
  },
  connection(state) {
    lostAt = state === "lost" ? (lostAt ?? Date.now()) : undefined;
    ended = state === "ended";
    freshen();
  },
});

function freshen(): void {
  const banner = element("banner");
  const wasHidden = banner.hidden;
  const now = Date.now();
  const said = bannerText({ figures, lostAt, heardAt, now });
  setText(banner, said);
  banner.hidden = said === "";
  if (wasHidden && said !== "") announcer.say(said, now);
}

/** While nothing is heard nothing is known: a gap is a straight line, not a fall to nought. */
function sample(): void {
  if (figures === undefined || lostAt !== undefined || ended || figures.stale === true) return;
  if (figures.status === "open") history.add({ at: Date.now(), counted: figures.counted });
  showRate();
}

function showRate(): void {
  const series = history.series();
  if (series[0].length === 0) return;
  element("rate-card").hidden = false;
  element("rate-now").hidden = figures?.status !== "open";
  setText(element("rate"), formats.count(Math.round(history.current)));
  setText(element("plot-caption"), text.chartCaption(formats.count(Math.round(history.highest))));
  chart.show(series);
}

/** What was before this page was opened; a server that keeps no past shows the curve from now. */
async function loadPast(): Promise<void> {
  const answer = await fetch(`/v1/elections/${election}/history`);
  if (!answer.ok) return;
  const { points } = (await answer.json()) as { points: readonly CountedAt[] };
  history.prepend(points);
  showRate();
}

setInterval(() => {
  sample();
  freshen();
}, 1_000);
loadPast().catch(() => undefined);
