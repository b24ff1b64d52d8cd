import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emptyLatencies } from "../../src/runtime/load/measure/outcome.js";
import { readInlined } from "../../src/runtime/load/report/html/inlined.js";
import { htmlReport } from "../../src/runtime/load/report/html/page.js";
import { accessibilityOffences, scrollsSideways } from "../helpers/browser/accessibility.js";
import { openPage, realBrowser } from "../helpers/browser/browser.js";
import { launchBrowser } from "../helpers/browser/chromium.js";
import { sampleRecord } from "../unit/load/report/sample-record.js";

const timeout = 180_000;
const seconds = Array.from({ length: 30 }, (_, second) => second);
const rows = seconds.map((second) => {
  const p99 = second === 12 ? 2_100 : 20 + (second % 5);
  const latencyMs = {
    acknowledge: { p50: 8, p99 },
    visible: { p50: 30, p99: p99 + 40 },
    scheduleLag: { p50: 0.2, p99: 3 },
  };
  const refused = second === 13 ? 800 : 0;
  const due = 250_000;
  return { atMs: second * 1_000, due, sent: due, acknowledged: due - refused, refused, latencyMs };
});
const record = sampleRecord({
  sendingMs: 30_000,
  timeline: { everyMs: 1_000, rows },
  refused: 800,
  refusals: { overloaded: 800 },
  valid: false,
  invalidReasons: ["The generator was busy 97 % of the time (at most 95 %)."],
  verdict: "fail",
  thresholds: [
    { metric: "acknowledged", expression: "p(99)<250ms", measured: 21.5, passed: true },
    { metric: "visible", expression: "p(99)<500ms", measured: 510, passed: false },
  ],
  findings: [{ kind: "lost", detail: `ballot ${"0f".repeat(16)} was acknowledged` }],
  findingCount: 3,
  faults: [
    { atSeconds: 12, action: "kill", role: "tally", forSeconds: 0, pid: 7, at: 1_767_225_612_040 },
  ],
  version: "0.1.0",
  command: `vote load --rps 250000 --threshold 'p(99)<250ms' --seed 5 ${"x".repeat(200)}`,
});

const latencies = emptyLatencies();
for (let ballot = 1; ballot <= 20_000; ballot++) {
  const tail = ballot % 1_000 === 0 ? 400 : 0;
  latencies.acknowledge.record(4 + (ballot % 97) / 4 + tail);
  latencies.visible.record(30 + (ballot % 61) + tail);
  latencies.scheduleLag.record(0.2 + (ballot % 13) / 10);
}

let browser: Browser;
let folder: string;
let url: string;
const available = realBrowser("the load report in a browser");
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vote-load-report-"));
  const file = join(folder, "report.html");
  await writeFile(file, htmlReport({ record, latencies, names: new Map() }, readInlined()));
  url = pathToFileURL(file).href;
  if (available) browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true });
});

describe.runIf(available)("the load report in a browser", { timeout }, () => {
  it.each(["light", "dark"] as const)("is drawn, readable and alone, in %s", async (scheme) => {
    const page = await openPage(browser, { colorScheme: scheme, offline: true });
    const requests: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(url);
    await page.locator("#chart-rate canvas").waitFor();
    for (const chart of ["rate", "latency", "percentiles", "lag", "refused"]) {
      expect(await page.locator(`#chart-${chart} canvas`).count()).toBe(1);
    }
    expect(await page.locator("h1").textContent()).toMatch(/fail\s+demo/);
    expect(await accessibilityOffences(page)).toEqual([]);
    expect(requests).toEqual([url]);
    expect(await page.offences()).toEqual([]);
  });

  it("shows a moment's figures under the pointer, in all charts at once", async () => {
    const page = await openPage(browser);
    await page.goto(url);
    await page.locator("#chart-rate .u-over").hover();
    const values = page.locator("#chart-latency .u-value");
    await expect.poll(() => values.nth(1).textContent()).toBe("8 ms");
    expect(await page.locator("#chart-rate .u-value").nth(1).textContent()).toBe("250,000/s");
    await page.locator("#chart-percentiles .u-over").hover();
    const percentiles = page.locator("#chart-percentiles .u-value");
    await expect.poll(() => percentiles.nth(1).textContent()).toMatch(/^[\d.]+ ms$/);
  });

  it.each([320, 3_840])("fits a window of %i pixels", async (width) => {
    const page = await openPage(browser, { viewport: { width, height: 800 } });
    await page.goto(url);
    await page.locator("#chart-rate canvas").waitFor();
    expect(await scrollsSideways(page)).toBe(false);
  });
});
