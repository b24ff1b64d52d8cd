import { expect, it } from "vitest";
import {
  clockChecks,
  diskCheck,
  nodeCheck,
  openFilesCheck,
} from "../../../../src/runtime/system/doctor/host-checks.js";
import { ClockCheck } from "../../../../src/runtime/time/clock-check.js";

it.each([
  ["v20.19.0", "ok"],
  ["v20.18.3", "failed"],
  ["v22.1.0", "ok"],
  ["v18.20.0", "failed"],
] as const)("judges Node %s: %s", (version, state) => {
  expect(nodeCheck(version, ">=20.19").state).toBe(state);
});

it("warns where descriptors leave room for few connections", () => {
  expect(openFilesCheck(768)).toMatchObject({ state: "warning" });
  expect(openFilesCheck(65_536)).toMatchObject({ state: "ok" });
});

it.each([
  ["embedded", 500e6, "failed"],
  ["embedded", 5e9, "warning"],
  ["embedded", 50e9, "ok"],
  ["cluster", 5e9, "ok"],
  ["cluster", 50e6, "failed"],
  ["cluster", null, "warning"],
] as const)("judges the free space of an %s host, %d bytes: %s", (engine, bytes, state) => {
  expect(diskCheck(engine, bytes).state).toBe(state);
});

/** A clock that is so far ahead of a store that has just said its time. */
function clockAhead(byMs: number): ClockCheck {
  const clocks = new ClockCheck(1_000, { now: () => 0, wallClock: () => 100_000 });
  const from = 100_000 - byMs;
  clocks.learn({ askedAt: 100_000, answeredAt: 100_010, from, to: from + 10 });
  return clocks;
}

it("judges the clock by the registry's, once it has answered", async () => {
  const [right, wrong] = [clockAhead(0), clockAhead(5_000)];
  expect(await clockChecks(right)).toMatchObject([{ check: "clock", state: "ok" }]);
  expect(await clockChecks(wrong)).toMatchObject([
    { check: "clock", state: "failed", code: "clock-error" },
  ]);
  expect(await clockChecks(new ClockCheck(1_000))).toEqual([]);
});
