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
  percentileLabel,
  percentOf,
  requestsText,
} from "../report-lines.js";
import { validityAdvice } from "../validity.js";

/** What a reader has to know before the figures. */
export function notes(record: LoadRecord): Html {
  const { abortedBy, reconciled, drained, valid, interrupted, invalidReasons } = record;
  const aborted =
    abortedBy &&
    html`<p>Aborted after ${formatSeconds(abortedBy.atMs)}: ${abortedBy.metric}:
${abortedBy.expression} was ${measuredText(abortedBy)}.</p>`;
  return html`
${!reconciled && html`<p class="note fail">The accounts do not agree: see correctness.</p>`}
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
${tile("Acknowledged", `${formatMilliseconds(latencyMs.acknowledge.p99)} ms`, "p99")}
${tile("Visible", `${formatMilliseconds(latencyMs.visible.p99)} ms`, "p99")}
</dl>`;
}

/** Each threshold with what was measured. */
export function thresholdsCard({ thresholds }: LoadRecord): Html {
  const rows = thresholds.map((threshold) => {
    const { metric, expression, passed } = threshold;
    return html`<tr><th scope="row" class="${passed ? "pass" : "fail"}">${passed ? "✓" : "✗"}
${metric}</th><td class="text"><code>${expression}</code></td>
<td class="${!passed && "bad"}">${measuredText(threshold)}</td></tr>`;
  });
  const table = html`<table><thead><tr><th scope="col">metric</th>
<th scope="col" class="text">bound</th>
<th scope="col">measured</th></tr></thead><tbody>${rows}</tbody></table>`;
  return html`<section class="card"><h2>Thresholds</h2>
${rows.length === 0 ? html`<p class="hint">None were set.</p>` : table}</section>`;
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
${record.foreign > 0 && row("of others", record.foreign)}
</tbody></table></section>`;
}

const columns = ["p50", "p90", "p95", "p99", "p999", "max", "mean"] as const;

/** Percentiles of all latencies. */
export function latencyCard({ latencyMs, scheduleLagMs }: LoadRecord): Html {
  const line = (label: string, summary: LatencySummary, lesser = false) =>
    html`<tr class="${lesser && "lesser"}"><th scope="row">${label}</th>${columns.map(
      (column) => html`<td>${formatMilliseconds(summary[column])}</td>`,
    )}</tr>`;
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

/** The places of the charts, which the page's script draws. */
export function chartCards(record: LoadRecord): Html[] {
  const chart = (id: string, title: string, alternative: string) =>
    html`<figure class="card"><h2>${title}</h2>
<div id="chart-${id}" role="img" aria-label="${title}: ${alternative}"></div></figure>`;
  const { latencyMs, scheduleLagMs, refused } = record;
  const lag = formatMilliseconds(scheduleLagMs.p99);
  const refusedTitle = "Refused ballots a second";
  const none = html`<figure class="card"><h2>${refusedTitle}</h2>
<p class="hint">No ballot was refused.</p></figure>`;
  return [
    chart("rate", "Ballots a second", `${formatCount(record.sentPerSecond)} sent a second in all`),
    chart(
      "latency",
      "Latency over time",
      `acknowledged at p99 ${formatMilliseconds(latencyMs.acknowledge.p99)} ms in all`,
    ),
    chart("lag", "The generator's own lag", `${lag} ms at p99 in all`),
    refused === 0 ? none : chart("refused", refusedTitle, `${formatCount(refused)} in all`),
  ];
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
export function resultCard({ result }: LoadRecord, names: ReadonlyMap<string, string>): Html {
  const total = result.reduce((sum, { votes }) => sum + votes, 0);
  const rows = result.map(
    ({ candidate, votes }) =>
      html`<tr><th scope="row">${names.get(candidate) ?? candidate}</th>
<td>${formatCount(votes)}</td><td>${percentOf(votes, total)}</td></tr>`,
  );
  return html`<section class="card"><h2>Result</h2><table><tbody>${rows}</tbody></table></section>`;
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
  return html`<tr><th scope="row">${label}</th><td class="text">${note}</td>
<td class="${isBad && "bad"}">${formatCount(value)}</td></tr>`;
}
