import { behindOf, type Flow } from "./flow.js";
import type { Snapshot } from "./snapshot.js";

/** What the graph shows of one second; null while unknown. */
export interface SeriesPoint {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Ballots that ingest acknowledges, per second. */
  readonly acknowledged: number | null;
  /** Votes counted, per second. */
  readonly counted: number | null;
  /** By how many seconds the tallies are behind the log. */
  readonly behind: number | null;
}

export type SeriesName = Exclude<keyof SeriesPoint, "at">;

const everyMs = 1_000;
const maxPoints = 3_600;

/** Adds a snapshot's point, at most one a second. */
export function withPoint(
  series: readonly SeriesPoint[],
  snapshot: Snapshot,
  flow: Flow,
  countedPerSecond: number | null,
): readonly SeriesPoint[] {
  const { at } = snapshot;
  const sinceLast = at - (series.at(-1)?.at ?? Number.NEGATIVE_INFINITY);
  // A clock that was set back begins a new graph.
  if (sinceLast < 0) return [];
  if (sinceLast < everyMs) return series;
  const behind = behindOf(snapshot)?.seconds ?? null;
  const acknowledged = flow.acknowledgedPerSecond;
  return [...series, { at, acknowledged, counted: countedPerSecond, behind }].slice(-maxPoints);
}

const stepsSeconds = [1, 2, 5, 10, 15, 30, 60] as const;

/** Time on the x axis: `columns` steps that end with the newest point's. */
export interface TimeScale {
  readonly stepMs: number;
  readonly columns: number;
  /** When the last column begins, a multiple of the step. */
  readonly lastAt: number;
}

/** The finest scale that has room for all points. */
export function timeScale(series: readonly SeriesPoint[], columns: number): TimeScale {
  const first = series.at(0)?.at ?? 0;
  const last = series.at(-1)?.at ?? 0;
  const fits = (seconds: number) => (last - first) / 1_000 < seconds * (columns - 1);
  const stepMs = (stepsSeconds.find(fits) ?? 60) * 1_000;
  return { stepMs, columns, lastAt: Math.floor(last / stepMs) * stepMs };
}

/** A gap is shown once nothing was read for so long; before, the last value holds. */
const holdMs = 12_000;

/**
 * One value a column: the largest in it, so that no peak is lost; undefined where none is known.
 */
export function valuesOf(
  series: readonly SeriesPoint[],
  name: SeriesName,
  { stepMs, columns, lastAt }: TimeScale,
): readonly (number | undefined)[] {
  const firstAt = lastAt - (columns - 1) * stepMs;
  const values = new Array<number | undefined>(columns).fill(undefined);
  let held: SeriesPoint | undefined;
  for (const point of series) {
    const column = Math.floor((point.at - firstAt) / stepMs);
    const value = point[name];
    if (held !== undefined && value !== null && point.at - held.at <= holdMs) {
      const from = Math.max(0, Math.floor((held.at - firstAt) / stepMs) + 1);
      for (let empty = from; empty < column; empty++) values[empty] ??= held[name] ?? undefined;
    }
    held = value === null ? undefined : point;
    if (column < 0 || value === null) continue;
    values[column] = Math.max(values[column] ?? 0, value);
  }
  return values;
}
