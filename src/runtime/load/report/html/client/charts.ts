import type Plot from "uplot";
import type { ChartData, ChartSpec, Curve } from "../chart-data.js";
import type { PercentileCurves } from "../percentile-curve.js";

// A classic script, before this one in the page.
const { uPlot } = globalThis as unknown as { readonly uPlot: typeof Plot };
const source = document.getElementById("chart-data")?.textContent ?? "";
const data = JSON.parse(source) as ChartData & { readonly percentiles: PercentileCurves };

const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 2 });
const exact = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
const heightRem = 15;
const drawn = new Map<HTMLElement, Plot>();

/** What a chart's horizontal axis is. */
interface Horizontal {
  readonly values: readonly number[];
  readonly label: string;
  readonly text: (value: number) => string;
  readonly scale: Plot.Scale;
  readonly axis: Partial<Plot.Axis>;
  /** Charts of the same axis show the same place under the pointer. */
  readonly key: string;
}

const lastSecond = data.seconds.at(-1) ?? 0;
const overTime: Horizontal = {
  values: data.seconds,
  label: `since the start (${lastSecond < 60 ? "s" : lastSecond < 3_600 ? "min:s" : "h:min:s"})`,
  text: clock,
  scale: { time: false },
  axis: { values: (_plot, seconds) => seconds.map(clock) },
  key: "time",
};
const byPercentile: Horizontal = {
  values: data.percentiles.oneIn,
  label: "percentile of the ballots (%)",
  text: percentile,
  scale: { time: false, distr: 3, range: () => [1, data.percentiles.oneIn.at(-1) ?? 1] },
  axis: {
    splits: (plot) =>
      [1, 10, 100, 1e3, 1e4, 1e5, 1e6].filter((one) => one <= (plot.scales.x.max ?? 1)),
    values: (_plot, oneIn) => oneIn.map(percentile),
    filter: (_plot, splits) => splits,
  },
  key: "percentile",
};

function draw(): void {
  for (const chart of data.charts) drawOne(chart, overTime);
  drawOne(data.percentiles, byPercentile);
}

function drawOne(chart: ChartSpec, horizontal: Horizontal): void {
  const place = document.getElementById(`chart-${chart.id}`);
  if (place === null) return;
  drawn.get(place)?.destroy();
  const series = chart.curves.map(({ values }) => [...values]);
  const columns = [[...horizontal.values], ...series] as Plot.AlignedData;
  drawn.set(place, new uPlot(optionsFor(chart, place, horizontal), columns, place));
}

function optionsFor(chart: ChartSpec, place: HTMLElement, horizontal: Horizontal): Plot.Options {
  const style = getComputedStyle(place);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const rem = rootSize();
  const font = `${0.75 * rem}px ${style.fontFamily}`;
  const axis = {
    stroke: colour("quiet"),
    font,
    labelFont: font,
    labelSize: 1.25 * rem,
    grid: { stroke: colour("line"), width: 1 },
    ticks: { show: false },
  };
  const { label, text, scale, key } = horizontal;
  return {
    width: place.clientWidth,
    height: heightRem * rem,
    padding: [0.75 * rem, 1.25 * rem, 0, 0],
    cursor: { sync: { key }, points: { size: 7 }, drag: { x: true, y: false } },
    legend: { markers: { width: 2, dash: (_plot, index) => dashOf(chart.curves[index - 1]) } },
    scales: {
      x: scale,
      y: chart.logarithmic ? { distr: 3 } : { range: (_plot, _low, high) => [0, top(high)] },
    },
    series: [
      { label: "at", value: (_plot, value) => (value === null ? "–" : text(value)) },
      ...chart.curves.map((curve) => seriesFor(curve, chart, colour(curve.colour))),
    ],
    axes: [
      { ...axis, size: 1.75 * rem, label, ...horizontal.axis },
      { ...axis, size: 4 * rem, values: (_plot, values) => values.map((one) => tick(one, chart)) },
    ],
    hooks: {
      draw: key === "time" ? [(plot) => drawMarks(plot, colour("alarm"), style.fontFamily)] : [],
    },
  };
}

/** The browser's, which follows the reader's settings and the window. */
function rootSize(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
}

function top(high: number | null): number {
  return Math.max(1, (high ?? 0) * 1.08);
}

/** In the legend, a curve's line looks as in the chart. */
function dashOf(curve: Curve | undefined): string {
  return curve?.dashed ? "dashed" : "solid";
}

/** A value at an axis, with its unit; empty where a logarithmic axis has no room for it. */
function tick(value: number | null, { unit }: ChartSpec): string {
  if (value === null) return "";
  if (unit === "/s") return `${compact.format(value)}/s`;
  return value < 1_000 ? `${exact.format(value)} ms` : `${compact.format(value / 1_000)} s`;
}

function seriesFor({ name, dashed, thin }: Curve, { unit, id }: ChartSpec, stroke: string) {
  return {
    label: name,
    stroke,
    width: thin ? 1.25 : 2,
    ...(dashed ? { dash: [5, 4] } : {}),
    points: { show: id !== "percentiles" && data.seconds.length < 3 },
    value: (_plot: Plot, value: number | null) =>
      value === null ? "–" : `${exact.format(value)}${unit === "ms" ? " ms" : unit}`,
  };
}

/** 100, one ballot in so many, is 99 %. */
function percentile(oneIn: number): string {
  const nines = Math.max(0, Math.ceil(Math.log10(oneIn)) - 2);
  return `${(100 - 100 / oneIn).toFixed(Math.min(4, nines))}`;
}

/** A line where something was done to the system, with what it was. */
function drawMarks(plot: Plot, colour: string, family: string): void {
  const { ctx, bbox } = plot;
  const scale = (devicePixelRatio * rootSize()) / 16;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.fillStyle = colour;
  ctx.lineWidth = scale;
  ctx.setLineDash([3 * scale, 3 * scale]);
  ctx.font = `${11 * scale}px ${family}`;
  data.marks.forEach(({ seconds, label }, number) => {
    const x = Math.round(plot.valToPos(seconds, "x", true));
    if (x < bbox.left || x > bbox.left + bbox.width) return;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const isRight = x > bbox.left + bbox.width / 2;
    ctx.textAlign = isRight ? "right" : "left";
    ctx.fillText(
      label,
      x + (isRight ? -4 : 4) * scale,
      bbox.top + (12 + 13 * (number % 3)) * scale,
    );
  });
  ctx.restore();
}

/** 1:05 is a minute and five seconds. */
function clock(seconds: number): string {
  if (seconds < 60) return `${exact.format(seconds)} s`;
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const rest = String(Math.round(seconds % 60)).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

function fit(): void {
  for (const [place, plot] of drawn) {
    const height = heightRem * rootSize();
    if (place.clientWidth > 0) plot.setSize({ width: place.clientWidth, height });
  }
}

draw();
new ResizeObserver(fit).observe(document.body);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
