import { formatTime } from "../../text/moment.js";
import type { TimeScale } from "../state/series.js";
import type { Glyphs } from "./glyphs.js";

/**
 * Draws values as columns, from the top row to the bottom one. A known value has a mark even if it
 * is 0; an unknown one is blank.
 *
 * @param top the value at the upper edge, above 0
 */
export function plotRows(
  values: readonly (number | undefined)[],
  rows: number,
  top: number,
  { spark }: Glyphs,
): readonly string[] {
  const levels = spark.length;
  const heights = values.map((value) => {
    if (value === undefined) return 0;
    return Math.max(1, Math.min(rows * levels, Math.round((value / top) * rows * levels)));
  });
  return Array.from({ length: rows }, (_, row) => {
    const below = (rows - 1 - row) * levels;
    return heights
      .map((height) => (height <= below ? " " : spark[Math.min(levels, height - below) - 1]))
      .join("");
  });
}

const roundSteps = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10] as const;

/** The smallest round number that is at least the value, and at least `least`, above 0. */
export function roundTop(value: number, least: number): number {
  const wanted = Math.max(value, least);
  const power = 10 ** Math.floor(Math.log10(wanted));
  return power * (roundSteps.find((step) => step * power >= wanted) ?? 10);
}

const labelMs = [
  10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000,
] as const;
const labelWidth = 8;
const labelGap = 4;

/** The x axis: a rule with ticks, and the times below them. */
export function timeAxis(scale: TimeScale, glyphs: Glyphs): { rule: string; labels: string } {
  const { stepMs, columns, lastAt } = scale;
  const fits = (ms: number) => ms / stepMs >= labelWidth + labelGap && ms % stepMs === 0;
  const everyMs = labelMs.find(fits) ?? 3_600_000;
  const rule = new Array<string>(columns).fill(glyphs.rule);
  const labels = new Array<string>(columns).fill(" ");
  for (let column = 0; column < columns; column++) {
    const at = lastAt - (columns - 1 - column) * stepMs;
    if (at % everyMs !== 0) continue;
    rule[column] = glyphs.axisTick;
    if (column + labelWidth > columns) continue;
    [...formatTime(at)].forEach((character, index) => {
      labels[column + index] = character;
    });
  }
  return { rule: rule.join(""), labels: labels.join("").trimEnd() };
}
