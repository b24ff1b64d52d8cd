/**
 * Numbers as people read them: thousands grouped, one rounding for each quantity. JSON and the
 * pages, which follow their reader's language, do not use these.
 */
const upTo = (maximumFractionDigits: number) =>
  new Intl.NumberFormat("en-US", { maximumFractionDigits });

const whole = upTo(0);
const thousandths = upTo(3);
const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

/** `1,234,567` */
export function formatCount(value: number): string {
  return whole.format(value);
}

/** `1 vote`, `1,234 votes` */
export function countedText(value: number, one: string, several = `${one}s`): string {
  return `${formatCount(value)} ${value === 1 ? one : several}`;
}

/** `1.2B`, for where there is no room. */
export function formatCompact(value: number): string {
  return compact.format(value);
}

/** `0.125`, `12.5`, `1,235`: up to three decimals below a thousand. */
export function formatDecimal(value: number): string {
  return Math.abs(value) < 1_000 ? thousandths.format(value) : formatCount(value);
}

/** `0.4`, `12`, `1,234`: an estimate, with one decimal below 10. */
export function formatEstimate(value: number): string {
  return value < 10 ? value.toFixed(1) : formatCount(value);
}

/** `45.2 %` of a share from 0 to 1. */
export function formatPercent(share: number, decimals = 1): string {
  return `${(100 * share).toFixed(decimals)} %`;
}

/** `250,113/s` */
export function formatRate(perSecond: number): string {
  return `${formatCount(perSecond)}/s`;
}

/** `512 B/s`, `34 kB/s`, `1.2 MB/s` */
export function formatByteRate(bytesPerSecond: number): string {
  if (bytesPerSecond < 1_000) return `${Math.round(bytesPerSecond)} B/s`;
  if (bytesPerSecond < 1_000_000) return `${Math.round(bytesPerSecond / 1_000)} kB/s`;
  return `${(bytesPerSecond / 1_000_000).toFixed(1)} MB/s`;
}

/** `512 B`, `34 MB`, `1.2 GB` */
export function formatBytes(bytes: number): string {
  const unit = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(unit.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1_000 ** power;
  return `${power > 2 && value < 100 ? value.toFixed(1) : formatCount(value)} ${unit[power]}`;
}

/** `500 ms`, `2.5 s`, `12 s`, `3 min`, of milliseconds. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  if (seconds >= 120) return `${Math.floor(seconds / 60)} min`;
  return `${seconds < 10 ? seconds.toFixed(1).replace(/\.0$/, "") : Math.floor(seconds)} s`;
}

/** `12.3 s`, of milliseconds. */
export function formatSeconds(ms: number, decimals = 1): string {
  return `${(ms / 1_000).toFixed(decimals)} s`;
}

/** `0.57 ms`, `4.7 ms`, `120 ms`: as precise as it is short. */
export function formatLatency(ms: number): string {
  const decimals = ms < 1 ? 2 : ms < 10 ? 1 : 0;
  return `${ms.toFixed(decimals)} ms`;
}

/** `0.04`, `8.13`, `21.5`, `510`, `12,345`: a latency for a column that names its unit. */
export function formatMilliseconds(ms: number): string {
  if (ms >= 100) return formatCount(ms);
  return ms.toFixed(ms >= 10 ? 1 : 2);
}
