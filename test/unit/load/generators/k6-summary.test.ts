import { describe, expect, it } from "vitest";
import { k6Report, k6Thresholds } from "../../../../src/runtime/load/generators/k6-summary.js";
import { parseThreshold } from "../../../../src/runtime/load/scenario/threshold-syntax.js";

const thresholds = (...texts: string[]) =>
  texts.map((text) => parseThreshold(text, (detail) => new Error(detail) as never));

describe("k6Thresholds", () => {
  it("hands over what k6 can judge, in milliseconds", () => {
    const some = thresholds("p(99)<250ms", "acknowledged_raw: p(99.9)<=1s", "visible: max<2s");
    expect(k6Thresholds([...some, ...thresholds("votes: rate>=5", "lost==0")])).toEqual({
      http_req_duration: ["p(99)<250", "p(99.9)<=1000"],
    });
  });

  it("says the same of both latencies once, and nothing of none", () => {
    const both = thresholds("acknowledged: med<5ms", "acknowledged_raw: med<5ms");
    expect(k6Thresholds(both)).toEqual({ http_req_duration: ["med<5"] });
    expect(k6Thresholds(thresholds("lost==0"))).toEqual({});
  });
});

describe("k6Report", () => {
  it("takes counts, latencies and judgements as k6 gives them", () => {
    const duration = { med: 1.23456, "p(90)": 2, "p(95)": 3, "p(99)": 4, "p(99.9)": 5, max: 6 };
    const metrics = {
      http_reqs: { values: { count: 100, rate: 49.6 } },
      http_req_failed: { values: { rate: 0.03, passes: 3, fails: 97 } },
      dropped_iterations: { values: { count: 7 } },
      http_req_duration: {
        values: duration,
        thresholds: { "p(99)<3": { ok: false }, "med<2": { ok: true } },
      },
    };
    expect(k6Report(JSON.stringify({ metrics }), "1.8.1")).toEqual({
      version: "1.8.1",
      requests: 100,
      requestsPerSecond: 50,
      failed: 3,
      dropped: 7,
      latencyMs: { p50: 1.235, p90: 2, p95: 3, p99: 4, p999: 5, max: 6 },
      thresholds: [
        { expression: "http_req_duration: p(99)<3", passed: false },
        { expression: "http_req_duration: med<2", passed: true },
      ],
    });
  });

  it.each(["", "{", "{}"])("has nothing to say of a summary that did not come: %o", (summary) => {
    expect(k6Report(summary, "1.8.1")).toBeUndefined();
  });
});
