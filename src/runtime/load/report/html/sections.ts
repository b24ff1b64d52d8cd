import type { LatencySummary, LoadRecord } from "../../../contracts/load/load-record.js";
import { type Html, html } from "../../../http/html.js";
import {
  formatCount,
  formatMilliseconds,
  formatRate,
  formatSeconds,
} from "../../../text/numbers.js";
import { maxFindingsInFile } from "../../reconcile/findings-file.js";
import {
  effortText,
  latenciesText,
  measuredText,
  notMeasured,
  p99Text,
  percentileLabel,
  percentOf,
  requestsText,
  wasMeasured,
} from "../report-lines.js";
import { validityAdvice } from "../validity.js";
import { awaitsTally } from "../verdict.js";
import type { ChartData } from "./chart-data.js";
import type { PercentileCurves } from "./percentile-curve.js";

/** `250,000 votes a second for 10.0 s, via log and http`: the rate, how long, and the way in. */
export function whatRan({ targetPerSecond, sendingMs, streams }: LoadRecord): string {
  const ways = [...new Set(streams.map(({ via }) => via))].join(" and ");
  const rate = `${formatCount(targetPerSecond)} votes a second for ${formatSeconds(sendingMs)}`;
  return ways === "" ? rate : `${rate}, via ${ways}`;
}

/** What a reader has to know before the figures. */
export function notes(record: LoadRecord): Html {
  const { abortedBy, reconciled, drained, valid, interrupted, invalidReasons } = record;
  const fails = !reconciled && !awaitsTally(record);
  const aborted =
    abortedBy &&
    html`<p>Aborted after ${formatSeconds(abortedBy.atMs)}: ${abortedBy.metric}:
${abortedBy.expression} was ${measuredText(abortedBy)}.</p>`;
  return html`
${fails && html`<p class="note fail">Not every ballot is accounted for: see correctness.</p>`}
${!drained && html`<p class="note fail">The view did not reach the log's end in time.</p>`}
${aborted && html`<div class="note fail">${aborted}</div>`}
${
  !valid &&
  html`<div class="note caution"><p><strong>Not valid as a measurement</strong>: the generator, not
the system, was the limit.</p><ul>${invalidReasons.map((reason) => html`<li>${reason}</li>`)}</ul>
<p>${validityAdvice}</p></div>`
}
${
  interrupted &&
  abortedBy === undefined &&
  html`<p class="note caution">Interrupted: the figures are of a part.</p>`
}`;
}

/** The six figures at the top. */
export function tiles(record: LoadRecord): Html {
  const { targetPerSecond, sentPerSecond, acceptedPerSecond, sent, unsent, latencyMs } = record;
  const tile = (label: string, figure: string, under: string) =>
    html`<div class="tile"><dt>${label}</dt><dd>${figure}<small>${under}</small></dd></div>`;
  const achieved = `${percentOf(sentPerSecond, targetPerSecond)} of it`;
  return html`<dl class="tiles">
${tile("Target", formatRate(targetPerSecond), "ballots due")}
${tile("Achieved", formatRate(sentPerSecond), achieved)}
${tile("Accepted", formatRate(acceptedPerSecond), "answered as durable")}
${tile("Never sent", formatCount(unsent), `${percentOf(unsent, sent + unsent)} of those due`)}
${tile("Acknowledged", p99Text(latencyMs.acknowledge), "p99, from when a ballot was due")}
${tile("Visible", p99Text(latencyMs.visible), "p99, in the live result")}
</dl>`;
}

/** Each threshold with what was measured; nothing if there are none. */
export function thresholdsCard({ thresholds }: LoadRecord): Html {
  if (thresholds.length === 0) return html``;
  const rows = thresholds.map((threshold) => {
    const { metric, expression, passed } = threshold;
    return html`<tr><th scope="row" class="${passed ? "pass" : "fail"}">${passed ? "✓" : "✗"}
${metric}</th><td class="text words"><code>${expression}</code></td>
<td class="${!passed && "bad"}">${measuredText(threshold)}</td></tr>`;
  });
  return html`<section class="card"><h2>Thresholds</h2>
<table><thead><tr><th scope="col">metric</th><th scope="col" class="text">bound</th>
<th scope="col">measured</th></tr></thead><tbody>${rows}</tbody></table></section>`;
}

/** Whether all sources agree, and what became of the ballots. */
export function correctnessCard(record: LoadRecord): Html {
  const rejected = Object.values(record.rejected).reduce((sum, votes) => sum + votes, 0);
  const why = Object.keys(record.rejected).join(", ");
  const sources = Object.entries(record.agreement);
  const disagree = sources.filter(([, agrees]) => !agrees).map(([name]) => name);
  const agreement =
    disagree.length === 0
      ? html`<p class="pass">✓ ${sources.map(([name]) => name).join(" = ")}</p>`
      : html`<p class="fail">✗ not in agreement: ${disagree.join(", ")}</p>`;
  const zero = (label: string, value: number) => row(label, value, "", value !== 0);
  return html`<section class="card"><h2>Correctness</h2>${agreement}<table><tbody>
${row("sent", record.sent)}${row("counted", record.counted)}${row("rejected", rejected, why)}
${row("retries absorbed", record.retriesAbsorbed, `${formatCount(record.retriesSent)} sent`)}
${zero("lost", record.lost)}${zero("double", record.double)}${zero("invented", record.invented)}
${zero("closed out", record.closedOut)}
${record.foreign > 0 && row("other clients'", record.foreign, "not in the figures above")}
</tbody></table></section>`;
}

const columns = ["p50", "p90", "p95", "p99", "p999", "max", "mean"] as const;

/** Percentiles of all latencies. */
export function latencyCard({ latencyMs, scheduleLagMs }: LoadRecord): Html {
  const line = (label: string, summary: LatencySummary, lesser = false) => {
    const figures = wasMeasured(summary)
      ? columns.map((column) => html`<td>${formatMilliseconds(summary[column])}</td>`)
      : html`<td class="none" colspan="${columns.length}">${notMeasured}</td>`;
    return html`<tr class="${lesser && "lesser"}"><th scope="row">${label}</th>${figures}</tr>`;
  };
  const heads = columns.map(percentileLabel);
  return html`<section class="card"><h2>Latency, ms</h2><div class="scroll"><table>
<thead><tr><th scope="col">ballots</th>${heads.map((head) => html`<th scope="col">${head}</th>`)}
</tr></thead><tbody>
${line("acknowledged", latencyMs.acknowledge)}
${line("acknowledged, raw", latencyMs.acknowledgeRaw, true)}
${line("visible", latencyMs.visible)}
${line("schedule lag", scheduleLagMs)}
</tbody></table></div>
<p class="hint">From when each ballot was due; raw from when it was really sent, which flatters a
system that stalls.</p></section>`;
}

const chartTitles = {
  rate: "Ballots a second",
  latency: "Latency over time",
  percentiles: "Latency by percentile",
  lag: "The generator's own lag",
  refused: "Refused ballots a second",
} as const;

/** The places of the charts that have something to show; the page's script draws them. */
export function chartCards(
  record: LoadRecord,
  { charts, percentiles, marks }: ChartData & { readonly percentiles: PercentileCurves },
): Html[] {
  const { latencyMs, scheduleLagMs, refused } = record;
  const drawn = [...charts, percentiles].filter(({ curves }) => curves.length > 0);
  const inAll = {
    rate: `${formatCount(record.sentPerSecond)} sent a second in all`,
    latency: `acknowledged at p99: ${p99Text(latencyMs.acknowledge)} in all`,
    percentiles: `visible at p99: ${p99Text(latencyMs.visible)}`,
    lag: `${p99Text(scheduleLagMs)} at p99 in all`,
    refused: `${formatCount(refused)} in all`,
  };
  return Object.entries(chartTitles).flatMap(([id, title]) => {
    const chart = drawn.find((one) => one.id === id);
    if (chart === undefined) return [];
    const alternative = `${title}: ${inAll[id as keyof typeof inAll]}`;
    const hasMarks = marks.length > 0 && chart.id !== "percentiles";
    const legend =
      hasMarks && html`<p class="hint">Dashed upright lines: what was done to the system.</p>`;
    return html`<figure class="card"><h2>${title}</h2>
<div id="chart-${id}" role="img" aria-label="${alternative}"></div>${legend}</figure>`;
  });
}

/** What the system answered. */
export function answersCard(record: LoadRecord): Html {
  const codes = Object.entries(record.refusals).map(([code, votes]) =>
    row(code, votes, "of them", true),
  );
  return html`<section class="card"><h2>Answers</h2><table><tbody>
${row("acknowledged", record.acknowledged)}${row("refused", record.refused)}${codes}
${row("no answer", record.unknown, "", record.unknown > 0)}
${row("sent again", record.resent, "because no answer came")}
</tbody></table></section>`;
}

/** The votes of each candidate. @param names by id; ids where there is none */
export function resultCard(
  { result, foreign }: LoadRecord,
  names: ReadonlyMap<string, string>,
): Html {
  const total = result.reduce((sum, { votes }) => sum + votes, 0);
  const rows = result.map(
    ({ candidate, votes }) =>
      html`<tr><th scope="row">${names.get(candidate) ?? candidate}</th>
<td>${formatCount(votes)}</td><td>${percentOf(votes, total)}</td></tr>`,
  );
  const others =
    foreign > 0 &&
    html`<p class="hint">With the votes among the ${formatCount(foreign)} ballots of other
clients.</p>`;
  return html`<section class="card"><h2>Result</h2><table><tbody>${rows}</tbody></table>
${others}</section>`;
}

/** The first findings of each kind; nothing if there are none. */
export function findingsCard({ findings, findingCount, findingsFile }: LoadRecord): Html {
  if (findingCount === 0) return html``;
  const rows = findings.map(
    ({ kind, detail }) =>
      html`<tr><th scope="row" class="fail">${kind}</th><td class="text">${detail}</td></tr>`,
  );
  const isWhole = findingCount <= maxFindingsInFile;
  const extent = isWhole ? "All of them" : `The first ${formatCount(maxFindingsInFile)}`;
  const all = findingsFile !== undefined && html` ${extent}: <code>${findingsFile}</code>.`;
  const title = `Findings (${formatCount(findingCount)})`;
  return html`<div class="grid"><section class="card"><h2>${title}</h2>
<table><tbody>${rows}</tbody></table>
<p class="hint">The first of each kind.${all}</p></section></div>`;
}

/** What ran, on which machine, and the command that does it again. */
export function repeatCard(record: LoadRecord): Html {
  const { host, generator, streams, seed, scenario, version, command } = record;
  const line = (label: string, text: string) =>
    html`<tr><th scope="row">${label}</th><td class="text">${text}</td></tr>`;
  return html`<section class="card"><h2>What ran, and how to run it again</h2><table><tbody>
${line("scenario", `${scenario}, seed ${seed}`)}
${streams.map(({ name, via, targetPerSecond }) =>
  line(`stream ${name}`, `via ${via}, ${formatRate(targetPerSecond)}`),
)}
${line("generator", `${generator.name}, ${effortText(generator)}`)}
${ownReport(generator).map((text) => line(`${generator.name} itself`, text))}
${generator.limits.map((limit) => line("it cannot promise", limit))}
${line("engine", record.engine)}
${line("versions", `${version === undefined ? "" : `vote ${version}, `}Node.js ${host.node}`)}
${line("host", `${host.cores} cores, ${host.memoryGiB} GiB, ${host.os}`)}
</tbody></table>
${command !== undefined && html`<pre>${command}</pre>`}</section>`;
}

/** What autocannon or k6 reports itself. */
function ownReport({ report, failure }: LoadRecord["generator"]): string[] {
  const failed = failure === undefined ? [] : [`✗ ${failure}`];
  if (report === undefined) return failed;
  return [
    ...failed,
    requestsText(report),
    latenciesText(report, " ms"),
    ...report.thresholds.map(({ expression, passed }) => `${passed ? "✓" : "✗"} ${expression}`),
  ];
}

function row(label: string, value: number, note = "", isBad = false): Html {
  return html`<tr><th scope="row">${label}</th><td class="text words">${note}</td>
<td class="${isBad && "bad"}">${formatCount(value)}</td></tr>`;
}
