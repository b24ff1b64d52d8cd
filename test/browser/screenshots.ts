/**
 * The pictures of the pages in docs/images, of a real count on this machine:
 *
 *   npx tsx test/browser/screenshots.ts
 *
 * Wants Debian's chromium, and its fonts-inter for the type.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { openKeyDirectory } from "../../src/runtime/keys/key-directory.js";
import { issueToken } from "../../src/runtime/keys/tokens.js";
import { launchBrowser } from "../helpers/browser/chromium.js";
import { devScene } from "../helpers/dev-scene.js";

const images = fileURLToPath(new URL("../../docs/images/", import.meta.url));
const election = "finale";
const title = "Grand finale: who wins the season?";
const names = ["Aurora", "Borealis", "Cascade", "Delta", "Ember"];
const candidates = names.map((name) => `${name.toLowerCase()}=${name}`);
const votingSeconds = 40;

async function open(browser: Browser, url: string, colorScheme: "light" | "dark") {
  const viewport = { width: 1_280, height: 1_000 };
  const page = await browser.newPage({ viewport, colorScheme, locale: "en-US" });
  await page.goto(url);
  return page;
}

const { box, facts, vote } = await devScene(election, title, candidates);
const browser = await launchBrowser();
try {
  const url = `${facts.serve}/elections/${election}`;
  const light = await open(browser, url, "light");
  const dark = await open(browser, url, "dark");
  const scenario = fileURLToPath(new URL("../../scenarios/demo.yaml", import.meta.url));
  const rate = ["--rps", "100000", "--duration", `${votingSeconds}s`];
  const load = box.vote("load", "--election", election, "--scenario", scenario, ...rate);
  await sleep((votingSeconds - 3) * 1_000);
  await light.screenshot({ path: `${images}results-page.png` });
  await load;
  const secret = await openKeyDirectory(`${facts.dataDir}/keys`).tokenSecret();
  const claims = { scope: "vote", expiresInSeconds: 600, nowMs: Date.now() } as const;
  const token = issueToken({ secret, election, ...claims, subject: "voter-1" });
  const voting = await open(browser, `${url}/vote#token=${token}`, "light");
  await voting.getByLabel("Borealis").check();
  await voting.getByRole("button").click();
  await voting.locator("#progress.counted").waitFor();
  await voting.screenshot({ path: `${images}voting-page.png` });
  await vote("election", "close", election);
  await vote("recount", "--election", election);
  await dark.locator(".icon-certified:visible").waitFor();
  await dark.screenshot({ path: `${images}results-page-dark.png` });
} finally {
  await browser.close();
  await box.remove();
}
