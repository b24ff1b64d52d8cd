import { existsSync } from "node:fs";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { onTestFinished } from "vitest";
import { executablePath } from "./chromium.js";

/**
 * Whether a suite in a real browser runs here: wherever Chromium is. With VOTE_BROWSER=1 or
 * VOTE_CLUSTER=1 it has to run, and fails without; with VOTE_BROWSER=0 it does not.
 */
export function realBrowser(suite: string): boolean {
  const { VOTE_BROWSER, VOTE_CLUSTER } = process.env;
  if (VOTE_BROWSER === "1" || (VOTE_CLUSTER === "1" && VOTE_BROWSER !== "0")) return true;
  if (VOTE_BROWSER !== "0" && existsSync(executablePath)) return true;
  const why = VOTE_BROWSER === "0" ? "VOTE_BROWSER=0 leaves it out." : `No ${executablePath}.`;
  console.warn(
    `NOT RUN: ${suite}. ${why} Install Debian's chromium, or name one by VOTE_CHROMIUM.`,
  );
  return false;
}

export interface WatchedPage extends Page {
  /** What the page's policy has forbidden, and what its scripts have thrown. */
  readonly offences: () => Promise<readonly string[]>;
}

const watchViolations = `
  globalThis.violations = [];
  document.addEventListener("securitypolicyviolation", (event) => {
    violations.push(event.violatedDirective + " " + event.blockedURI);
  });
`;

/** A bound for each step, not a measure. */
const patienceMs = 60_000;

/** A page in a profile of its own, which is gone after the test. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}) {
  const context = await browser.newContext({ locale: "en-US", timezoneId: "UTC", ...options });
  onTestFinished(() => context.close());
  context.setDefaultTimeout(patienceMs);
  await context.addInitScript(watchViolations);
  const page = await context.newPage();
  const offences: string[] = [];
  page.on("pageerror", (error) => offences.push(error.message));
  page.on("console", (message) => {
    if (/Content Security Policy|Refused to|Trusted/.test(message.text())) {
      offences.push(message.text());
    }
  });
  const allOffences = async () => [
    ...offences,
    ...(await page.evaluate<string[]>("globalThis.violations")),
  ];
  return Object.assign(page, { offences: allOffences }) as WatchedPage;
}
