/** The characters that the monitor draws with. */
export interface Glyphs {
  readonly barFull: string;
  readonly barEmpty: string;
  /** From lowest to highest. */
  readonly spark: readonly string[];
  readonly separator: string;
  readonly ellipsis: string;
  readonly rule: string;
  readonly axis: string;
  readonly axisTick: string;
  readonly axisCorner: string;
  readonly pointer: string;
  readonly ok: string;
  readonly warning: string;
  readonly failed: string;
  readonly draft: string;
  readonly counting: string;
  readonly recounting: string;
}

export const unicodeGlyphs: Glyphs = {
  barFull: "█",
  barEmpty: "░",
  spark: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
  separator: "·",
  ellipsis: "…",
  rule: "─",
  axis: "│",
  axisTick: "┬",
  axisCorner: "└",
  pointer: "▸",
  ok: "✓",
  warning: "!",
  failed: "✗",
  draft: "○",
  counting: "●",
  recounting: "◐",
};

export const asciiGlyphs: Glyphs = {
  barFull: "#",
  barEmpty: ".",
  spark: ["_", ".", "-", ":", "=", "+", "*", "#"],
  separator: "-",
  ellipsis: "...",
  rule: "-",
  axis: "|",
  axisTick: "+",
  axisCorner: "+",
  pointer: ">",
  ok: "+",
  warning: "!",
  failed: "x",
  draft: "o",
  counting: "*",
  recounting: "~",
};

/**
 * A bar of exactly `width` cells. A share above 0 fills at least one cell and a share below 1
 * leaves at least one empty, because a bar must not wrongly say "none" or "all".
 *
 * @param share 0 to 1; anything outside counts as the nearer end
 */
export function bar(share: number, width: number, glyphs: Glyphs): string {
  if (width <= 0) return "";
  const bounded = Math.min(Math.max(share, 0), 1);
  let cells = Math.round(bounded * width);
  if (bounded > 0 && cells === 0) cells = 1;
  if (bounded < 1 && cells === width) cells = width - 1;
  return glyphs.barFull.repeat(cells) + glyphs.barEmpty.repeat(width - cells);
}

/** The newest `width` values, scaled from 0 to the largest; shorter if there are fewer. */
export function sparkline(values: readonly number[], width: number, glyphs: Glyphs): string {
  if (width <= 0) return "";
  const shown = values.slice(-width);
  const largest = Math.max(0, ...shown);
  const top = glyphs.spark.length - 1;
  const level = (value: number) => (largest === 0 ? 0 : Math.round((value / largest) * top));
  return shown.map((value) => glyphs.spark[level(value)]).join("");
}
