import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { wrongClock } from "../../../src/runtime/chaos/faults/wrong-clock.js";

const script = `
  const { performance } = require("node:perf_hooks");
  const right = performance.timeOrigin + performance.now();
  const times = [Date.now(), new Date().getTime(), new Date(5).getTime(), Date.UTC(2026, 0)];
  console.log(JSON.stringify([...times, right, new Date() instanceof Date]));`;

it.each([3_600_000, -90_000])("a process lives by a clock that is off by %d ms", (aheadMs) => {
  const env = { ...process.env, ...wrongClock(aheadMs) };
  const said = execFileSync(process.execPath, ["-e", script], { env, encoding: "utf8" });
  const [now, date, given, utc, right, isDate] = JSON.parse(said);
  for (const time of [now, date]) {
    expect(Math.abs(time - right - aheadMs)).toBeLessThan(30_000);
  }
  expect([given, utc, isDate]).toEqual([5, Date.UTC(2026, 0), true]);
});
