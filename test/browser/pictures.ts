/**
 * Pictures of the pages in each of their states, of a real run on this machine, at three widths, in
 * light and in dark; with what axe-core finds in each, and whether it scrolls sideways:
 *
 *   npx tsx test/browser/pictures.ts DIRECTORY
 */
import { mkdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { accessibilityOffences, scrollsSideways } from "../helpers/browser/accessibility.js";
import { launchBrowser } from "../helpers/browser/chromium.js";
import { type DevScene, devScene } from "../helpers/dev-scene.js";

const [directory = "pictures"] = process.argv.slice(2);
const viewports = [
  { width: 320, height: 640 },
  { width: 1_440, height: 900 },
  { width: 3_840, height: 2_160 },
];
const election = "finale";
const title = "Grand finale: who wins the season?";
const names = ["Aurora", "Borealis", "Cascade", "Delta", "Ember"];
const candidates = names.map((name) => `${name.toLowerCase()}=${name}`);
const votingSeconds = 25;

async function take(page: Page, name: string): Promise<void> {
  for (const viewport of viewports) {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      // The chart is drawn anew.
      await sleep(500);
      const path = `${directory}/${name}-${viewport.width}-${colorScheme}.png`;
      await page.screenshot({ path, fullPage: true });
      const offences = await accessibilityOffences(page);
      if (await scrollsSideways(page)) offences.push("it scrolls sideways");
      console.log(path, offences.length === 0 ? "" : offences.join("\n"));
    }
  }
}

async function contextOf(browser: Browser, locale = "en-GB"): Promise<BrowserContext> {
  const context = await browser.newContext({ locale });
  // A bound for a busy machine.
  context.setDefaultTimeout(300_000);
  return context;
}

async function open(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

async function takeVoting(browser: Browser, url: string, token: string): Promise<void> {
  const context = await contextOf(browser);
  const voting = await open(context, `${url}/vote${token}`);
  await voting.getByLabel("Borealis").check();
  await take(voting, "voting-open");
  await voting.getByRole("button").click();
  await voting.locator("#progress.counted").waitFor();
  await take(voting, "voting-voted");
  await take(await open(context, `${url}/vote${token}`), "voting-second");
  const twice = await open(await contextOf(browser), `${url}/vote${token}`);
  await twice.getByLabel("Delta").check();
  await twice.getByRole("button").click();
  await twice.locator("#progress.rejected").waitFor();
  await take(twice, "voting-rejected");
  const refused = await open(await contextOf(browser, "pt-BR"), `${url}/vote#token=a.b.c`);
  await refused.getByLabel("Delta").check();
  await refused.getByRole("button").click();
  await refused.locator("#message:visible").waitFor();
  await take(refused, "voting-refused");
}

async function takeDrafts(browser: Browser, { facts, vote }: DevScene, token: string) {
  const opensAt = new Date(Date.now() + 7_500_000).toISOString();
  const named = candidates.flatMap((candidate) => ["--candidate", candidate]);
  await vote("election", "create", "next", "--title", title, ...named, "--opens-at", opensAt);
  const url = `${facts.serve}/elections/next`;
  await take(await open(await contextOf(browser), `${url}/vote${token}`), "voting-not-open");
  await take(await open(await contextOf(browser), url), "results-not-open");
}

/** The serve process is stopped as if its host hung. */
async function takeSilent(page: Page, serve: number): Promise<void> {
  process.kill(serve, "SIGSTOP");
  try {
    await page.locator("#banner:visible").waitFor();
    await take(page, "results-silent");
  } finally {
    process.kill(serve, "SIGCONT");
  }
  await page.locator("#banner").waitFor({ state: "hidden" });
}

mkdirSync(directory, { recursive: true });
const scene = await devScene(election, title, candidates);
const { box, facts, vote } = scene;
const browser = await launchBrowser();
try {
  const url = `${facts.serve}/elections/${election}`;
  const token = new URL(facts.pages.vote[0].url).hash;
  const closesAt = new Date(Date.now() + 5_400_000).toISOString();
  await vote("election", "schedule", election, "--closes-at", closesAt);
  const results = await open(await contextOf(browser), url);
  const scenario = fileURLToPath(new URL("../../scenarios/demo.yaml", import.meta.url));
  const rate = ["--rps", "5000", "--duration", `${votingSeconds}s`];
  const load = box.vote("load", "--election", election, "--scenario", scenario, ...rate);
  await sleep((votingSeconds - 5) * 1_000);
  await take(results, "results-open");
  await load;
  await takeVoting(browser, url, token);
  await takeDrafts(browser, scene, token);
  await takeSilent(results, facts.pids.serve);
  await vote("election", "close", election);
  await results.locator(".icon-closed:visible").waitFor();
  await take(results, "results-closed");
  await take(await open(await contextOf(browser, "pt-BR"), `${url}/vote${token}`), "voting-over");
  await vote("recount", "--election", election);
  await results.locator(".icon-certified:visible").waitFor();
  await take(results, "results-official");
  await take(await open(await contextOf(browser), `${facts.serve}/`), "elections");
} finally {
  await browser.close();
  await box.remove();
}
