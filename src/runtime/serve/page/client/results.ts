import type { LiveResult } from "../../../contracts/http/result.js";
import { meanRateOf } from "../shared/comparison.js";
import { Announcer } from "./announcer.js";
import { bannerText } from "./banner.js";
import { Chart } from "./chart.js";
import { serverNow, setClock } from "./clock.js";
import { dataOf, element, setText } from "./dom.js";
import { follow } from "./live.js";
import { formats, text } from "./locale.js";
import { type CountedAt, RateHistory } from "./rate.js";
import { showResult, showUpdated } from "./results-view.js";

const election = dataOf("live", "election");
const announcer = new Announcer(Date.now());
const history = new RateHistory();
const rateChart = new Chart(element("plot"));
const turnoutChart = new Chart(element("turnout-plot"));
let figures: LiveResult | undefined;
let lostAt: number | undefined;
let ended = false;
let heardAt = Date.now();
/** Whether the history has come, or will not: its times are the server's, as the samples' are. */
let isClockSet = false;

follow(election, {
  heard() {
    heardAt = Date.now();
    lostAt = undefined;
  },
  result(next) {
    figures = next;
    showResult(next, serverNow());
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

/** Whether the figures are those of this moment. */
function isLive(): boolean {
  return lostAt === undefined && !ended && figures !== undefined && figures.stale !== true;
}

/** Adds no samples while nothing is heard: a gap shows as a straight line, not as a drop to 0. */
function sample(): void {
  if (figures?.status === "open" && isLive() && isClockSet) {
    history.add({ at: serverNow(), counted: figures.counted });
  }
  if (!ended) showRate();
}

function showRate(): void {
  if (figures === undefined) return;
  const mean = meanRateOf(figures);
  const series = history.series();
  const isDrawn = series[0].length > 0;
  const isCurrent = figures.status === "open" && isDrawn && isLive();
  element("rate-card").hidden = !isDrawn && mean === undefined;
  element("rate-line").hidden = !isCurrent && mean === undefined;
  setText(element("rate"), formats.rate(mean ?? history.current));
  setText(element("rate-note"), mean === undefined ? text.rateNow : text.rateMean);
  for (const id of ["rate-figure", "turnout-card"]) element(id).hidden = !isDrawn;
  if (isDrawn) drawHistory(series);
}

function drawHistory(series: [number[], number[]]): void {
  const highest = Math.round(history.highest);
  const said = text.votesUnit(formats.count(highest), highest);
  setText(element("plot-caption"), text.chartCaption(said));
  rateChart.show(series);
  const [times, counts] = history.counts();
  const more = Math.max(0, counts[counts.length - 1] - counts[0]);
  const votes = `+${text.votesUnit(formats.count(more), more)}`;
  setText(element("turnout-caption"), text.turnoutCaption(formats.time(times[0] * 1_000), votes));
  turnoutChart.show([times, counts]);
}

/** Loads the history from before this page was opened; without one, the curve begins now. */
async function loadHistory(): Promise<void> {
  const answer = await fetch(`/v1/elections/${election}/history`, {
    cache: "no-store",
    signal: AbortSignal.timeout(10_000),
  });
  setClock(answer);
  if (!answer.ok) return;
  const { points } = (await answer.json()) as { points: readonly CountedAt[] };
  history.prepend(points);
  showRate();
}

setInterval(() => {
  // The hours' texts change with the time alone.
  if (figures !== undefined && !ended) showResult(figures, serverNow());
  sample();
  updateBanner();
}, 1_000);
loadHistory()
  .catch(() => undefined)
  .finally(() => {
    isClockSet = true;
  });
