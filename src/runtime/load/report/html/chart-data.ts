import type { LoadRecord, TimelineRow } from "../../../contracts/load/load-record.js";

/** One curve of a chart. A value is null where there is nothing to draw. */
export interface Curve {
  readonly name: string;
  /** One of the page's colours. */
  readonly colour: "quiet" | "lead" | "good" | "warm" | "alarm";
  readonly dashed?: boolean;
  readonly thin?: boolean;
  readonly values: readonly (number | null)[];
}

export interface ChartSpec {
  readonly id: string;
  readonly unit: "/s" | "ms";
  /** For latencies: a stall can be a thousand times slower than usual. */
  readonly logarithmic: boolean;
  readonly curves: readonly Curve[];
}

export interface ChartData {
  /** Seconds after the run's start, the middle of each interval. */
  readonly seconds: readonly number[];
  /** Over time; only those that have something to show. */
  readonly charts: readonly ChartSpec[];
  /** What was done to the system, and when. */
  readonly marks: readonly { readonly seconds: number; readonly label: string }[];
}

/** A shorter part of an interval says nothing about a rate. */
const minShare = 0.05;

/** The data of the page's charts: rates, latencies, lag and refusals over time. */
export function chartData(record: LoadRecord): ChartData {
  const { rows, everyMs } = record.timeline;
  const lengthsMs = rows.map(({ atMs }) => sendingLength(atMs, everyMs, record.sendingMs));
  const rate = (what: "due" | "sent" | "acknowledged" | "refused") =>
    rows.map((row, index) => {
      if (lengthsMs[index] > 0) return round((row[what] * 1_000) / lengthsMs[index]);
      // After the last ballot, a few late answers are not a rate; many are worth showing.
      const isMuch = row[what] > (rows[index - 1]?.due ?? 0) * minShare;
      return isMuch ? round((row[what] * 1_000) / everyMs) : null;
    });
  const latency = (what: keyof TimelineRow["latencyMs"], percentile: "p50" | "p99") =>
    rows.map(({ latencyMs }, index) =>
      lengthsMs[index] > 0 ? latencyMs[what][percentile] || null : null,
    );
  const pair = (
    name: string,
    what: keyof TimelineRow["latencyMs"],
    colour: Curve["colour"],
  ): Curve[] => [
    { name: `${name} p50`, colour, thin: true, dashed: true, values: latency(what, "p50") },
    { name: `${name} p99`, colour, values: latency(what, "p99") },
  ];
  const all: ChartSpec[] = [
    {
      id: "rate",
      unit: "/s",
      logarithmic: false,
      curves: [
        { name: "due", colour: "quiet", dashed: true, values: rate("due") },
        { name: "sent", colour: "lead", values: rate("sent") },
        { name: "acknowledged", colour: "good", values: rate("acknowledged") },
      ],
    },
    {
      id: "latency",
      unit: "ms",
      logarithmic: true,
      curves: [
        ...pair("acknowledged", "acknowledge", "lead"),
        ...pair("visible", "visible", "warm"),
      ],
    },
    {
      id: "lag",
      unit: "ms",
      logarithmic: true,
      curves: pair("lag", "scheduleLag", "quiet"),
    },
    {
      id: "refused",
      unit: "/s",
      logarithmic: false,
      curves:
        record.refused === 0 ? [] : [{ name: "refused", colour: "alarm", values: rate("refused") }],
    },
  ];
  const charts = all.flatMap((chart) => {
    const curves = chart.curves.filter(({ values }) => values.some(isShown));
    return curves.length === 0 ? [] : [{ ...chart, curves }];
  });
  const seconds = rows.map(({ atMs }, index) => {
    return round((atMs + (lengthsMs[index] || everyMs) / 2) / 1_000);
  });
  const marks = (record.faults ?? []).map(({ at, action, role, forSeconds }) => ({
    seconds: round((at - record.startedAt) / 1_000),
    label: `${action} ${role}${forSeconds > 0 ? `, ${forSeconds} s` : ""}`,
  }));
  return { seconds, charts, marks };
}

function isShown(value: number | null): boolean {
  return value !== null;
}

/** For how much of an interval ballots were sent: the last one is cut short. */
function sendingLength(atMs: number, everyMs: number, sendingMs: number): number {
  const left = sendingMs - atMs;
  return left < everyMs * minShare ? 0 : Math.min(everyMs, left);
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
