const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** `1,234,567` */
export function formatCount(value: number): string {
  return grouped.format(value);
}

/** `45.2 %` of a share from 0 to 1. */
export function formatShare(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** `250,113/s` */
export function formatRate(perSecond: number): string {
  return `${formatCount(perSecond)}/s`;
}

/** `500 ms`, `12 s`, `3 min` */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1_000;
  return seconds < 120 ? `${trimmed(seconds)} s` : `${Math.floor(seconds / 60)} min`;
}

function trimmed(seconds: number): string {
  return seconds < 10 ? seconds.toFixed(1).replace(/\.0$/, "") : String(Math.floor(seconds));
}

/** `512 B/s`, `34 kB/s`, `1.2 MB/s` */
export function formatBytesRate(perSecond: number): string {
  if (perSecond < 1_000) return `${Math.round(perSecond)} B/s`;
  if (perSecond < 1_000_000) return `${Math.round(perSecond / 1_000)} kB/s`;
  return `${(perSecond / 1_000_000).toFixed(1)} MB/s`;
}

/** `0.57 ms`, `4.7 ms`, `120 ms`: as precise as it is short. */
export function formatLatency(milliseconds: number): string {
  const digits = milliseconds < 1 ? 2 : milliseconds < 10 ? 1 : 0;
  return `${milliseconds.toFixed(digits)} ms`;
}

/** `14:03:59` in the reader's time zone. */
export function formatTime(at: number): string {
  const date = new Date(at);
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

/**
 * Titles and names come from whoever made the election: nothing in them may move the cursor or
 * change a colour, so control and invisible characters become spaces.
 */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
}

export interface Glyphs {
  readonly barFull: string;
  readonly barEmpty: string;
  /** From lowest to highest. */
  readonly spark: readonly string[];
  readonly separator: string;
  readonly ellipsis: string;
  readonly rule: string;
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
  pointer: ">",
  ok: "+",
  warning: "!",
  failed: "x",
  draft: "o",
  counting: "*",
  recounting: "~",
};

/**
 * A bar of exactly `width` cells. A share above nothing shows at least one cell and one below
 * everything leaves at least one, because a bar must not say "none" or "all" when it is not so.
 *
 * @param share 0 to 1; anything outside is taken as the nearer end
 */
export function bar(share: number, width: number, glyphs: Glyphs): string {
  if (width <= 0) return "";
  const bounded = Math.min(Math.max(share, 0), 1);
  let cells = Math.round(bounded * width);
  if (bounded > 0 && cells === 0) cells = 1;
  if (bounded < 1 && cells === width) cells = width - 1;
  return glyphs.barFull.repeat(cells) + glyphs.barEmpty.repeat(width - cells);
}

/** The newest `width` values, scaled from zero to the largest of them; shorter if fewer. */
export function sparkline(values: readonly number[], width: number, glyphs: Glyphs): string {
  if (width <= 0) return "";
  const shown = values.slice(-width);
  const largest = Math.max(0, ...shown);
  const top = glyphs.spark.length - 1;
  const level = (value: number) => (largest === 0 ? 0 : Math.round((value / largest) * top));
  return shown.map((value) => glyphs.spark[level(value)]).join("");
}
