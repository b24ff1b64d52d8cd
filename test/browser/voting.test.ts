import { readFile } from "node:fs/promises";
import type { Browser, Page, Route } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { accessibilityOffences, scrollsSideways } from "../helpers/browser/accessibility.js";
import { openPage, realBrowser } from "../helpers/browser/browser.js";
import { launchBrowser } from "../helpers/browser/chromium.js";
import { scanCode } from "../helpers/browser/scan.js";
import { type Sandbox, sandbox, type VoteProcess } from "../helpers/run-vote.js";

interface Ready {
  readonly ingest: string;
  readonly serve: string;
  readonly dataDir: string;
  readonly pages: {
    readonly results: string;
    readonly vote: readonly { readonly voter: string; readonly url: string }[];
  };
}

const timeout = 240_000;
let browser: Browser;
let box: Sandbox;
let dev: VoteProcess;
let facts: Ready;
const available = realBrowser("voting in a browser");

beforeAll(async () => {
  if (available) browser = await launchBrowser();
});
afterAll(() => browser?.close());
beforeEach(async () => {
  box = sandbox();
  dev = box.start("dev", "--port", "0", "--no-certify", "--json");
  facts = JSON.parse(await dev.line(/"event":"ready"/));
}, timeout);
afterEach(() => box.remove());

const text = (page: Page, id: string) => page.locator(`#${id}`).textContent();
const saysCounted = async (page: Page) => {
  await page.locator("#progress.counted").waitFor();
  expect(await text(page, "progress-text")).toMatch(/^(Counted|Contado)\.$/);
};
const cast = (page: Page) => page.getByRole("button").click();
const ballotsOf = ({ ingest }: Ready) => `${ingest}/v1/elections/sample/ballots`;

describe.runIf(available)("the voting page of vote dev", { timeout }, () => {
  it("takes votes, gives receipts, shows them counted, up to the official result", async () => {
    const results = await openPage(browser);
    await results.goto(facts.pages.results);
    const [first, second] = facts.pages.vote;
    const page = await openPage(browser, { viewport: { width: 320, height: 640 } });
    const asked: string[] = [];
    page.on("request", (request) => asked.push(`${request.url()} ${request.headers().referer}`));
    await page.goto(first.url);
    expect(await text(page, "voter")).toBe("You vote as voter-1.");
    expect(await text(page, "hours")).toBe("Voting is open.");
    expect(await accessibilityOffences(page)).toEqual([]);
    expect(await scrollsSideways(page)).toBe(false);
    await page.getByLabel("European robin").check();
    await cast(page);
    await saysCounted(page);
    expect(await text(page, "receipt-choice")).toBe("European robin");
    expect(await text(page, "receipt-ballot")).toMatch(/^[0-9a-f]{32}$/);
    expect(await text(page, "receipt-partition")).toMatch(/^\d$/);
    expect(await text(page, "receipt-position")).toMatch(/^\d+$/);
    await receiptHolds(page);
    await receiptIsPictured(page, "Show it as a QR code");
    expect(await accessibilityOffences(page)).toEqual([]);
    expect(await page.offences()).toEqual([]);
    // The token is neither in the address nor in anything that serve was asked for.
    const token = new URL(first.url).hash.slice("#token=".length);
    expect([page.url(), ...asked].filter((one) => one.includes(token))).toEqual([]);
    await expect.poll(() => text(results, "counted")).toBe("1");
    expect(await text(results, "counted-unit")).toBe("vote counted");
    // Whoever comes a second time is told so, and offered no second ballot.
    const again = await page.context().newPage();
    await again.goto(first.url);
    await again.getByRole("heading", { name: "You have voted already" }).waitFor();
    expect(await again.getByRole("button").count()).toBe(0);
    await again.locator("#voted-progress.counted").waitFor();
    expect(await again.locator("#voted").textContent()).not.toContain("robin");
    expect(await accessibilityOffences(again)).toEqual([]);
    expect(await page.evaluate("JSON.stringify(localStorage)")).not.toContain("robin");
    await secondVoteIsRejected(first.url);
    const other = await openPage(browser, { locale: "pt-BR" });
    await other.goto(second.url);
    await other.getByLabel("Grey heron").check();
    await other.getByRole("button", { name: "Confirmar meu voto" }).click();
    await saysCounted(other);
    expect(await other.locator("#signed").textContent()).toContain("Salvar o recibo assinado");
    await receiptIsPictured(other, "Mostrar como código QR");
    await expect.poll(() => text(results, "counted")).toBe("2");
    expect((await box.vote("election", "close", "sample")).code).toBe(0);
    await expect.poll(() => text(results, "label")).toBe("Closed, awaiting recount");
    const recount = await box.vote("recount", "--election", "sample", "--json");
    const { digest } = (JSON.parse(recount.stdout) as { certificate: { digest: string } })
      .certificate;
    await expect.poll(() => text(results, "label")).toBe("Official, certified");
    expect(await text(results, "digest")).toBe(digest);
    expect(await text(results, "counted")).toBe("2");
    expect(await text(results, "rate-note")).toBe("on average while voting was open");
    expect(await results.offences()).toEqual([]);
  });

  it("sends the same ballot again when no answer came, also after a reload", async () => {
    const page = await openPage(browser);
    const sent: string[] = [];
    let answersLost = 2;
    await page.route(ballotsOf(facts), async (route: Route) => {
      if (route.request().method() !== "POST") return route.continue();
      sent.push(route.request().postData() ?? "");
      if (answersLost-- <= 0) return route.continue();
      // It arrives and is acknowledged, but the voter never hears of it.
      await route.fetch();
      return route.abort("connectionreset");
    });
    await page.goto(facts.pages.vote[0].url);
    await page.getByLabel("Tawny owl").check();
    await cast(page);
    await expect.poll(() => text(page, "message")).toContain("It is not known whether");
    await page.getByRole("button", { name: "Send the same ballot again" }).click();
    await expect.poll(() => sent.length).toBe(2);
    await expect.poll(() => text(page, "message")).toContain("It is not known whether");
    await page.reload();
    expect(await text(page, "message")).toContain("It is not known whether");
    expect(await page.getByLabel("Tawny owl").isChecked()).toBe(true);
    expect(await page.getByLabel("Grey heron").isDisabled()).toBe(true);
    await page.getByRole("button", { name: "Send the same ballot again" }).click();
    await saysCounted(page);
    expect(new Set(sent).size).toBe(1);
    expect(sent.length).toBe(3);
    await page.reload();
    await saysCounted(page);
    const { counted, rejected, retriesAbsorbed } = await result();
    expect({ counted, rejected, retriesAbsorbed }).toEqual({
      counted: 1,
      rejected: {},
      retriesAbsorbed: 2,
    });
  });

  it("solves what keeps bots away, while the election asks for it", async () => {
    expect((await box.vote("election", "proof-of-work", "sample", "--on")).code).toBe(0);
    const page = await openPage(browser);
    const sent: string[] = [];
    page.on("request", (request) => {
      if (request.method() === "POST") sent.push(request.postData() ?? "");
    });
    await page.goto(facts.pages.vote[0].url);
    await page.getByLabel("Tawny owl").check();
    // The ingest believes what it has read for a moment; an empty ballot is refused by then.
    await expect.poll(() => refusalOfNothing(facts.pages.vote[1].url)).toBe("proof-required");
    await cast(page);
    // How many hashes it takes is a matter of chance.
    await page.locator("#progress.counted").waitFor({ timeout: 150_000 });
    expect(sent.map((body) => Object.keys(JSON.parse(body)))).toEqual([
      ["ballotId", "choice"],
      ["ballotId", "choice", "proof"],
    ]);
    expect(await page.offences()).toEqual([]);
    expect((await result()).counted).toBe(1);
  });

  it("takes the voter of a link that is opened over another's", async () => {
    const [first, second] = facts.pages.vote;
    const page = await openPage(browser);
    await page.goto(first.url);
    await expect.poll(() => text(page, "voter")).toBe("You vote as voter-1.");
    await page.evaluate(`location.hash = ${JSON.stringify(new URL(second.url).hash)}`);
    await expect.poll(() => text(page, "voter")).toBe("You vote as voter-2.");
    expect(page.url()).not.toContain("token");
  });

  it("says so when the ballot is refused, and when there is no token", async () => {
    const stranger = await openPage(browser);
    await stranger.goto(facts.pages.vote[0].url.replace(/#.*/, ""));
    await expect.poll(() => text(stranger, "message")).toContain("no voter token");
    expect(await stranger.getByRole("button").count()).toBe(0);
    const page = await openPage(browser);
    await page.goto(facts.pages.vote[0].url);
    await cast(page);
    expect(await text(page, "message")).toBe("Choose a candidate first.");
    await page.getByLabel("Tawny owl").check();
    // The page does not learn that voting has ended, but by the refusal.
    const hours = "**/v1/elections/sample/result";
    await page.route(hours, (route) => route.abort());
    expect((await box.vote("election", "close", "sample")).code).toBe(0);
    // The ingest believes what it has read for a moment.
    const election = `${facts.ingest}/v1/elections/sample`;
    await expect.poll(async () => (await fetch(election)).text()).toContain('"status":"closed"');
    await cast(page);
    const message = expect.poll(() => text(page, "message"));
    await message.toBe("Your ballot was refused: voting has ended.");
    await page.unroute(hours);
    // Nothing is left to press, and the page says why.
    await expect.poll(() => page.getByRole("button").count()).toBe(0);
    expect(await text(page, "hours")).toBe("Voting has ended.");
    expect(await accessibilityOffences(page)).toEqual([]);
  });
});

/** The code with which a ballot without a choice is refused. */
async function refusalOfNothing(url: string): Promise<string> {
  const token = new URLSearchParams(new URL(url).hash.slice(1)).get("token");
  const answer = await fetch(ballotsOf(facts), {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: "{}",
  });
  return ((await answer.json()) as { code: string }).code;
}

/** From another browser, the voter is offered a ballot, and told what has become of it. */
async function secondVoteIsRejected(url: string): Promise<void> {
  const elsewhere = await openPage(browser, { viewport: { width: 320, height: 640 } });
  await elsewhere.goto(url);
  await elsewhere.getByLabel("Grey heron").check();
  await cast(elsewhere);
  await elsewhere.locator("#progress.rejected").waitFor();
  expect(await text(elsewhere, "progress-text")).toBe("Rejected: you had voted before.");
  expect(await text(elsewhere, "receipt-heading")).toBe("You had voted already");
  expect(await elsewhere.locator("#receipt").textContent()).not.toContain("has arrived");
  expect(await accessibilityOffences(elsewhere)).toEqual([]);
  expect(await scrollsSideways(elsewhere)).toBe(false);
}

/** The file that the page offers is a receipt of the ballot that it shows, and audits as one. */
async function receiptHolds(page: Page): Promise<void> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Save the signed receipt" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("receipt-sample.txt");
  const file = await download.path();
  expect(await text(page, "signed-text")).toBe((await readFile(file, "utf8")).trim());
  const { code, stdout } = await box.vote("audit", "receipt", file, "--json");
  expect(code).toBe(0);
  const audit = { outcome: "counted", choice: "robin" };
  expect(JSON.parse(stdout)).toMatchObject({ ...audit, election: "sample" });
  expect(JSON.parse(stdout).ballotId).toBe(await text(page, "receipt-ballot"));
}

/** A camera that is held to the page gets the very receipt, on a narrow screen as well. */
async function receiptIsPictured(page: Page, label: string): Promise<void> {
  expect(await page.locator("#signed-picture").isVisible()).toBe(false);
  await page.getByText(label).click();
  const receipt = await text(page, "signed-text");
  expect(receipt).toMatch(/^vote-receipt-1\./);
  expect(await scanCode(browser, page, "#signed-picture")).toBe(receipt);
  expect(await accessibilityOffences(page)).toEqual([]);
  expect(await scrollsSideways(page)).toBe(false);
}

interface Result {
  readonly counted: number;
  readonly rejected: object;
  readonly retriesAbsorbed: number;
}

async function result(): Promise<Result> {
  const answer = await fetch(`${facts.serve}/v1/elections/sample/result`);
  return (await answer.json()) as Result;
}
