import type Plot from "uplot";
import type { ChartData, ChartSpec, Curve } from "../chart-data.js";

// A classic script, before this one in the page.
const { uPlot } = globalThis as unknown as { readonly uPlot: typeof Plot };
const source = document.getElementById("chart-data")?.textContent ?? "";
const data = JSON.parse(source) as ChartData;

const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 2 });
const exact = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
const heightPx = 230;
const drawn = new Map<HTMLElement, Plot>();

function draw(): void {
  for (const chart of data.charts) {
    const place = document.getElementById(`chart-${chart.id}`);
    if (place === null) continue;
    drawn.get(place)?.destroy();
    const series = chart.curves.map(({ values }) => [...values]);
    const columns = [[...data.seconds], ...series] as Plot.AlignedData;
    drawn.set(place, new uPlot(optionsFor(chart, place), columns, place));
  }
}

function optionsFor(chart: ChartSpec, place: HTMLElement): Plot.Options {
  const style = getComputedStyle(place);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const axis = {
    stroke: colour("quiet"),
    font: `12px ${style.fontFamily}`,
    grid: { stroke: colour("line"), width: 1 },
    ticks: { show: false },
  };
  const numbers = (_plot: Plot, values: (number | null)[]) =>
    values.map((value) => (value === null ? "" : compact.format(value)));
  return {
    width: place.clientWidth,
    height: heightPx,
    padding: [12, 16, 0, 0],
    cursor: { sync: { key: "run" }, points: { size: 7 }, drag: { x: true, y: false } },
    scales: {
      x: { time: false },
      y: chart.logarithmic ? { distr: 3 } : { range: (_plot, _low, high) => [0, top(high)] },
    },
    series: [
      { label: "at", value: (_plot, seconds) => (seconds === null ? "–" : clock(seconds)) },
      ...chart.curves.map((curve) => seriesFor(curve, chart, colour(curve.colour))),
    ],
    axes: [
      { ...axis, size: 28, values: (_plot, seconds) => seconds.map(clock) },
      { ...axis, size: 58, values: numbers },
    ],
    hooks: { draw: [(plot) => drawMarks(plot, colour("alarm"), style.fontFamily)] },
  };
}

function top(high: number | null): number {
  return Math.max(1, (high ?? 0) * 1.08);
}

function seriesFor({ name, dashed, thin }: Curve, { unit }: ChartSpec, stroke: string) {
  return {
    label: name,
    stroke,
    width: thin ? 1.25 : 2,
    ...(dashed ? { dash: [5, 4] } : {}),
    points: { show: data.seconds.length < 3 },
    value: (_plot: Plot, value: number | null) =>
      value === null ? "–" : `${exact.format(value)}${unit === "ms" ? " ms" : unit}`,
  };
}

/** A line where something was done to the system, with what it was. */
function drawMarks(plot: Plot, colour: string, family: string): void {
  const { ctx, bbox } = plot;
  const scale = devicePixelRatio;
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
    if (place.clientWidth > 0) plot.setSize({ width: place.clientWidth, height: heightPx });
  }
}

draw();
new ResizeObserver(fit).observe(document.body);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
