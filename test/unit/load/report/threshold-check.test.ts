import { describe, expect, it } from "vitest";
import { VoteError } from "../../../../src/runtime/core/errors.js";
import { emptyLatencies } from "../../../../src/runtime/load/measure/outcome.js";
import { ThresholdAbort } from "../../../../src/runtime/load/report/threshold-abort.js";
import { checkThresholds } from "../../../../src/runtime/load/report/threshold-check.js";
import type { LoadProgress } from "../../../../src/runtime/load/run/progress.js";
import { parseThreshold } from "../../../../src/runtime/load/scenario/threshold-syntax.js";

const refuse = (detail: string, hint: string) => new VoteError("invalid-usage", detail, { hint });
const parse = (text: string) => parseThreshold(text, refuse);

const latencies = emptyLatencies();
for (let ms = 1; ms <= 1_000; ms++) latencies.acknowledge.record(ms);
latencies.acknowledgeRaw.record(8);

const measures = {
  latencies,
  rates: { votes: { count: 5_000, rate: 1_000 }, accepted: { count: 4_990, rate: 998 } },
  ballots: { lost: 0, double: 2, refused: 10 },
};

describe("checkThresholds", () => {
  it.each([
    ["p(99)<1s", 990, true],
    ["p(99)<=900ms", 990, false],
    ["p(99.9)>=998", 999, true],
    ["min<=1ms", 1, true],
    ["max==1000ms", 1_000, true],
    ["max==1s", 1_000, true],
    ["med<500999us", 500, true],
    ["avg<500ms", 500.5, false],
    ["acknowledged_raw: max<8ms", 8, false],
    ["rate>=1000", 1_000, true],
    ["rate>1000", 1_000, false],
    ["count!=5000", 5_000, false],
    ["accepted: rate>=999", 998, false],
    ["lost==0", 0, true],
    ["double==0", 2, false],
    ["refused<=10", 10, true],
  ])("%s: %d, holds: %s", (text, about, passed) => {
    const [outcome] = checkThresholds([parse(text)], measures);
    expect(outcome.passed).toBe(passed);
    expect(Math.abs(outcome.measured! - about)).toBeLessThanOrEqual(about * 0.002);
  });

  it.each(["visible: p(99)<1s", "visible: min>=0", "invented==0"])(
    "never passes what was not measured: %s",
    (text) => {
      const [outcome] = checkThresholds([parse(text)], measures);
      expect(outcome).toMatchObject({ measured: null, passed: false });
    },
  );
});

const second = (elapsedMs: number, changes: Partial<LoadProgress> = {}): LoadProgress => ({
  elapsedMs,
  durationMs: 60_000,
  total: 60_000,
  due: elapsedMs,
  sent: elapsedMs,
  acknowledged: elapsedMs,
  refused: 0,
  unknown: 0,
  behind: 0,
  sentPerSecond: 1_000,
  latencies,
  ...changes,
});

describe("ThresholdAbort", () => {
  it.each([
    ["a latency", "p(99)<500ms", {}],
    ["a rate that the schedule asks for", "rate>=900", { sent: 3_000 }],
    ["an answer that stays away", "accepted: rate>=900", { acknowledged: 3_000 }],
    ["a count that only grows", "refused<=3", { refused: 4 }],
  ])("ends the run for %s", (_what, text, changes) => {
    const abort = new ThresholdAbort([parse("count>=1000000"), parse(text)]);
    abort.look(second(4_000));
    abort.look(second(5_000, changes));
    expect(abort.signal.aborted).toBe(true);
    const expression = text.replace(/^.*: /, "");
    expect(abort.by).toMatchObject({ expression, passed: false });
  });

  it("waits until a run is warm, except for what cannot come right again", () => {
    const abort = new ThresholdAbort([parse("p(99)<500ms"), parse("refused==0")]);
    abort.look(second(1_000));
    expect(abort.by).toBeUndefined();
    abort.look(second(2_000, { refused: 1 }));
    expect(abort.by).toMatchObject({ metric: "ballots", measured: 1, atMs: 2_000 });
  });

  it.each([
    ["what the end alone tells", "lost==0", {}],
    ["a count that can still be reached", "count==60000", {}],
    ["a rate that the schedule does not ask for yet", "rate>=5000", {}],
    ["answers of the last second", "accepted: rate>=1000", { acknowledged: 4_200 }],
    ["what was not measured", "visible: p(99)<1ms", {}],
  ])("leaves %s to the end", (_what, text, changes) => {
    const abort = new ThresholdAbort([parse(text)]);
    abort.look(second(4_000));
    abort.look(second(5_000, changes));
    expect(abort.signal.aborted).toBe(false);
  });

  it("spares nothing once all is sent", () => {
    const abort = new ThresholdAbort([parse("p(99)<500ms")]);
    abort.look(second(60_000));
    expect(abort.by).toBeUndefined();
  });
});
