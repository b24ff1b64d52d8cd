import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/sequencer.js";

/** Bounds, not measures: on a busy machine everything takes longer. Long tests have their own. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.{ts,tsx}"],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000, interval: 25 } },
    globalSetup: ["test/watch-workers.ts"],
    // Tests start processes of their own: more workers than this starve them on two cores.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // Ink draws on a terminal only where nobody else has replaced the console.
    disableConsoleIntercept: true,
    coverage: { provider: "v8", include: ["src/**"] },
  },
});
