import type { LiveResult } from "../../../contracts/http/result.js";
import { Announcer } from "./announcer.js";
import { bannerText } from "./banner.js";
import { Chart } from "./chart.js";
import { dataOf, element, setText } from "./dom.js";
import { follow } from "./live.js";
import { formats, text } from "./locale.js";
import { type CountedAt, RateHistory } from "./rate.js";
import { showResult, showUpdated } from "./results-view.js";

const election = dataOf("live", "election");
const announcer = new Announcer(Date.now());
const history = new RateHistory();
const chart = new Chart(element("plot"));
let figures: LiveResult | undefined;
let lostAt: number | undefined;
let ended = false;
let heardAt = Date.now();

follow(election, {
  heard() {
    heardAt = Date.now();
    lostAt = undefined;
  },
  result(next) {
    figures = next;
    showResult(next);
    showUpdated(next.asOf ?? heardAt);
    announcer.update(next, heardAt);
    if (next.status !== "open") showRate();
    updateBanner();
  },
  connection(state) {
    lostAt = state === "lost" ? (lostAt ?? Date.now()) : undefined;
    ended = state === "ended";
    updateBanner();
  },
});

function updateBanner(): void {
  const banner = element("banner");
  const wasHidden = banner.hidden;
  const now = Date.now();
  const said = bannerText({ figures, lostAt, heardAt, ended, now }, text, formats);
  setText(banner, said);
  banner.hidden = said === "";
  if (wasHidden && said !== "") announcer.say(said, now);
}

/** Adds no samples while nothing is heard: a gap shows as a straight line, not as a drop to 0. */
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

/** Loads the history from before this page was opened; without one, the curve begins now. */
async function loadHistory(): Promise<void> {
  const answer = await fetch(`/v1/elections/${election}/history`);
  if (!answer.ok) return;
  const { points } = (await answer.json()) as { points: readonly CountedAt[] };
  history.prepend(points);
  showRate();
}

setInterval(() => {
  sample();
  updateBanner();
}, 1_000);
loadHistory().catch(() => undefined);
