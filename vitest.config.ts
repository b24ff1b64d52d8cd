import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/sequencer.js";

/** Long tests (crashes, real processes) raise their own time-outs; these bound the rest. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.{ts,tsx}"],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // A bound, not a measure: on a busy machine everything takes longer.
    expect: { poll: { timeout: 15_000, interval: 25 } },
    // Tests start processes of their own: more workers than this starve them on two cores.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // Ink draws on a terminal only where nobody else has replaced the console.
    disableConsoleIntercept: true,
    coverage: { provider: "v8", include: ["src/**"] },
  },
});
