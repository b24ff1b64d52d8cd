import type Plot from "uplot";
import { locale } from "./locale.js";

// Set by a classic script that is loaded before the modules.
const { uPlot } = globalThis as unknown as { readonly uPlot?: typeof Plot };

const compact = new Intl.NumberFormat(locale, { notation: "compact" });
const toTheSecond = new Intl.DateTimeFormat(locale, { timeStyle: "medium" });
const toTheMinute = new Intl.DateTimeFormat(locale, { timeStyle: "short" });

/** Draws a figure over time, as wide as its place, in the page's colours. */
export class Chart {
  readonly #place: HTMLElement;
  #plot: Plot | undefined;
  #data: Plot.AlignedData = [[], []];

  constructor(place: HTMLElement) {
    this.#place = place;
    new ResizeObserver(() => this.#fit()).observe(place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#draw());
  }

  /** @param series times in seconds since the epoch, and the figure at each */
  show(series: [number[], number[]]): void {
    this.#data = series;
    if (this.#plot === undefined) this.#draw();
    else this.#plot.setData(series);
  }

  #fit(): void {
    const { clientWidth: width, clientHeight: height } = this.#place;
    if (width > 0) this.#plot?.setSize({ width, height });
  }

  #draw(): void {
    const { clientWidth: width, clientHeight: height } = this.#place;
    // Without the library the page still shows the figures.
    if (width === 0 || uPlot === undefined) return;
    this.#plot?.destroy();
    this.#plot = new uPlot(optionsFor(this.#place, width, height), this.#data, this.#place);
  }
}

function optionsFor(place: HTMLElement, width: number, height: number): Plot.Options {
  const style = getComputedStyle(place);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const size = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  const fontSize = Math.round(size * 0.72);
  const axis = {
    stroke: colour("--quiet"),
    font: `${fontSize}px ${style.fontFamily}`,
    ticks: { show: false },
  };
  const points = { show: false };
  return {
    width,
    height,
    legend: { show: false },
    cursor: { show: false },
    padding: [size * 0.5, size * 1.6, 0, 0],
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.08)] } },
    series: [{}, { stroke: colour("--lead"), width: 2, fill: `${colour("--lead")}2e`, points }],
    axes: [
      {
        ...axis,
        size: size * 1.6,
        space: (_plot, _axis, from, to, width) => labelSpace(fontSize, (to - from) / width),
        grid: { show: false },
        values: (_plot, times, _axis, _space, stepSeconds) => {
          const clock = stepSeconds % 60 === 0 ? toTheMinute : toTheSecond;
          return times.map((seconds) => clock.format(seconds * 1_000));
        },
      },
      {
        ...axis,
        size: size * 2.9,
        space: size * 1.5,
        grid: { stroke: colour("--line"), width: 1 },
        values: (_plot, figures) => figures.map((figure) => compact.format(figure)),
      },
    ],
  };
}

/** The width of a time's label and a gap; labels of whole minutes are shorter. */
function labelSpace(fontSize: number, secondsPerPixel: number): number {
  const widthOf = (label: string) => (label.length + 2) * fontSize * 0.62;
  const ofMinutes = Math.max(widthOf(toTheMinute.format(0)), 60 / secondsPerPixel);
  return Math.min(ofMinutes, widthOf(toTheSecond.format(0)));
}
