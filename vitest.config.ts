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
    // Tests mostly wait for processes of their own: two workers leave half of two cores idle.
    maxWorkers: Number(process.env.VOTE_TEST_WORKERS ?? 3),
    // Those that run at once within a file share one system of processes.
    maxConcurrency: 3,
    sequence: { sequencer: LongestFirst },
    // Ink draws on a terminal only where nobody else has replaced the console.
    disableConsoleIntercept: true,
    coverage: { provider: "v8", include: ["src/**"] },
  },
});
