import { createHash } from "node:crypto";
import type { LoadRecord } from "../../../contracts/load/load-record.js";
import { Html, html } from "../../../http/html.js";
import type { RunLatencies } from "../../measure/outcome.js";
import { chartData } from "./chart-data.js";
import type { Inlined } from "./inlined.js";
import { percentileCurves } from "./percentile-curve.js";
import {
  answersCard,
  chartCards,
  correctnessCard,
  findingsCard,
  latencyCard,
  notes,
  repeatCard,
  resultCard,
  thresholdsCard,
  tiles,
  whatRan,
} from "./sections.js";
import { reportStyles } from "./styles.js";

/** What a page is made from. */
interface PageInput {
  readonly record: LoadRecord;
  readonly latencies: RunLatencies;
  /** The candidates' names by id; ids where there is none. */
  readonly names: ReadonlyMap<string, string>;
}

/** A run's report as one page that loads nothing else: its policy forbids any request. */
export function htmlReport(
  { record, latencies, names }: PageInput,
  { plot, plotStyles, charts }: Inlined,
): string {
  const { verdict, scenario, election, engine, startedAt } = record;
  const when = new Date(startedAt).toISOString().replace(/\.\d+Z$/, "Z");
  const data = { ...chartData(record), percentiles: percentileCurves(latencies) };
  const passed = verdict === "pass";
  const policy = [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    `script-src ${hashOf(plot)} ${hashOf(charts)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${passed ? "✓" : "✗"} ${scenario}: ${whatRan(record)}, ${when} · vote load</title>
<style>${new Html(plotStyles)}${new Html(reportStyles)}</style>
</head>
<body>
<header>
<h1><span class="verdict ${passed ? "pass" : "fail"}">${passed ? "✓ pass" : "✗ fail"}</span>
${scenario}: ${whatRan(record)}</h1>
<p class="under">Into election ${election}, ${engine} engine,
<time datetime="${when}">${when.replace("T", " ").replace("Z", " UTC")}</time></p>
</header>
<main>
${notes(record)}
${tiles(record)}
<div class="grid">${thresholdsCard(record)}${correctnessCard(record)}</div>
<div class="grid">${latencyCard(record)}</div>
<div class="grid">${chartCards(record, data)}</div>
<div class="grid">${answersCard(record)}${resultCard(record, names)}</div>
${findingsCard(record)}
<div class="grid">${repeatCard(record)}</div>
</main>
<footer>Made by vote load. Latency counts from when a ballot was due, whatever the generator or the
system did in the meantime.</footer>
<script type="application/json" id="chart-data">${dataText(data)}</script>
<script>${new Html(plot)}</script>
<script type="module">${new Html(charts)}</script>
</body>
</html>
`;
  return page.text;
}

/** JSON that cannot end the element it stands in. */
function dataText(data: object): Html {
  return new Html(JSON.stringify(data).replaceAll("<", "\\u003c"));
}

function hashOf(script: string): string {
  return `'sha256-${createHash("sha256").update(script).digest("base64")}'`;
}
