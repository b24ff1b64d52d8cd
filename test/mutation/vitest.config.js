import { defineConfig } from "vitest/config";

/** One worker that keeps its modules: `runner.ts` runs the tests in it, once for each mutant. */
export default defineConfig({
  test: {
    include: ["test/mutation/start.ts"],
    runner: "./test/mutation/entry.js",
    setupFiles: ["test/mutation/setup.ts"],
    isolate: false,
    pool: "threads",
    maxWorkers: 1,
    testTimeout: 240_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 10_000, interval: 10 } },
    disableConsoleIntercept: true,
    dangerouslyIgnoreUnhandledErrors: true,
  },
});
