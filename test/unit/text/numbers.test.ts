import { describe, expect, it } from "vitest";
import {
  formatByteRate,
  formatCompact,
  formatCount,
  formatDecimal,
  formatDuration,
  formatEstimate,
  formatLatency,
  formatMilliseconds,
  formatPercent,
  formatRate,
  formatSeconds,
} from "../../../src/runtime/text/numbers.js";

type Case = readonly [format: (value: number) => string, value: number, text: string];

const cases: readonly Case[] = [
  [formatCount, 0, "0"],
  [formatCount, 1_234_567.4, "1,234,567"],
  [formatCompact, 1_230_000_000, "1.2B"],
  [formatDecimal, 0.125_4, "0.125"],
  [formatDecimal, 12.5, "12.5"],
  [formatDecimal, 1_234.6, "1,235"],
  [formatEstimate, 0.44, "0.4"],
  [formatEstimate, 12.4, "12"],
  [formatEstimate, 1_234.4, "1,234"],
  [formatPercent, 0.4519, "45.2 %"],
  [(share) => formatPercent(share, 0), 0.4519, "45 %"],
  [formatRate, 250_113, "250,113/s"],
  [formatByteRate, 512, "512 B/s"],
  [formatByteRate, 34_100, "34 kB/s"],
  [formatByteRate, 1_234_000, "1.2 MB/s"],
  [formatDuration, 250, "250 ms"],
  [formatDuration, 1_000, "1 s"],
  [formatDuration, 2_500, "2.5 s"],
  [formatDuration, 12_345, "12 s"],
  [formatDuration, 180_000, "3 min"],
  [formatSeconds, 12_340, "12.3 s"],
  [(ms) => formatSeconds(ms, 0), 12_340, "12 s"],
  [formatLatency, 0.572, "0.57 ms"],
  [formatLatency, 4.72, "4.7 ms"],
  [formatLatency, 120.4, "120 ms"],
  [formatMilliseconds, 0.04, "0.04"],
  [formatMilliseconds, 21.54, "21.5"],
  [formatMilliseconds, 12_345, "12,345"],
];

describe("numbers for people", () => {
  it.each(cases)("%o of %d is %s", (format, value, text) => expect(format(value)).toBe(text));
});
