import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { withStatus } from "../../src/runtime/core/election.js";
import { type ServeOptions, startServe } from "../../src/runtime/serve/server.js";
import { accessibilityOffences, scrollsSideways } from "../helpers/browser/accessibility.js";
import { openPage, realBrowser } from "../helpers/browser/browser.js";
import { launchBrowser } from "../helpers/browser/chromium.js";
import { certificateOf } from "../helpers/data/certificate.js";
import { breakable, partitionView, served } from "../helpers/live/live-serve.js";

const timeout = 180_000;
const digest = "b066ca41cb0492ddf73201b667f3e5bb31f5ff4e33112d388379e3316e87dd7d";

let browser: Browser;
const available = realBrowser("the results page in a browser");
beforeAll(async () => {
  if (available) browser = await launchBrowser();
});
afterAll(() => browser?.close());

/** A served election with its page's address, and the steps that a real night takes. */
async function scene(options: Partial<ServeOptions> = {}) {
  const parts = await served(options);
  const { registry, view, election, serve } = parts;
  const closed = withStatus(election, "closed", 3);
  return {
    ...parts,
    page: `${serve.url}/elections/demo`,
    count: (sequence: number, counts: number[]) =>
      view.set("demo", partitionView(0, sequence, counts)),
    close: () => registry.replace(closed),
    async seal() {
      for (const partition of [0, 1]) {
        const figures = partitionView(partition, 4, [3, 1, 1]);
        await view.set("demo", { ...figures, sealed: true });
      }
    },
    async certify(counts: number[]) {
      const rejected = { "already-voted": 1 };
      await registry.putCertificate(await certificateOf(election, counts, { rejected, digest }));
      await registry.replace(withStatus(closed, "certified", 4));
    },
  };
}

const shown = (page: Page, id: string) => expect.poll(() => page.locator(`#${id}`).textContent());
const shares = (page: Page) => page.locator("#lines .share").allTextContents();

describe.runIf(available)("the results page", { timeout }, () => {
  it("goes with the count, without being loaded again", async () => {
    const { page: url, count } = await scene();
    const page = await openPage(browser);
    await page.goto(url);
    await shown(page, "counted").toBe("8");
    const document = await page.evaluateHandle("document.body");
    await count(4, [600_000, 300_000, 100_000]);
    await shown(page, "counted").toBe("1,000,000");
    expect(await shares(page)).toEqual(["60.0%", "30.0%", "10.0%"]);
    await count(5, [600_000, 900_000, 100_000]);
    await expect.poll(() => page.locator(".leading .name").textContent()).toContain("Candidate 1");
    expect(await page.locator("#lines .votes").first().textContent()).toBe("600,000 votes");
    expect(await page.evaluate("document.querySelector('.fill').getAttribute('width')")).toBe(
      "37.50%",
    );
    expect(await document.evaluate((body) => (body as { isConnected: boolean }).isConnected)).toBe(
      true,
    );
    expect(await page.offences()).toEqual([]);
  });

  it("draws votes per second over time", async () => {
    const { page: url, count } = await scene();
    const page = await openPage(browser);
    await page.goto(url);
    let votes = 1_000;
    let sequence = 4;
    await expect
      .poll(async () => {
        votes += 1_000;
        await count(sequence++, [votes, 0, 0]);
        return page.locator("#rate").textContent();
      })
      .toMatch(/^\d+,\d{3}$/);
    expect(await page.locator("#plot canvas").count()).toBe(1);
    expect(await page.locator("#plot-caption").textContent()).toMatch(/highest: [\d,]+ votes/);
    expect(await page.offences()).toEqual([]);
  });

  it("says that it has lost the connection, and comes back with what it has missed", async () => {
    const { page: url, count, serve, registry, view } = await scene();
    const page = await openPage(browser);
    await page.goto(url);
    await shown(page, "counted").toBe("8");
    await serve.stop();
    await count(4, [70, 20, 10]);
    const banner = page.locator("#banner");
    await expect.poll(() => banner.isVisible()).toBe(true);
    expect(await banner.textContent()).toMatch(/^Connection lost, reconnecting\. .*\d+ s ago\.$/);
    expect(await page.locator("#counted").textContent()).toBe("8");
    const again = await startServe({ registry, view, host: "127.0.0.1", port: serve.port });
    onTestFinished(() => again.stop());
    await expect.poll(() => page.locator("#counted").textContent()).toBe("100");
    await expect.poll(() => banner.isVisible()).toBe(false);
    expect(await page.offences()).toEqual([]);
  });

  it("says within 20 s that the server is silent, and connects to it again", async () => {
    // The connection stands, and nothing comes.
    const { page: url } = await scene({ keepAliveMs: 3_600_000 });
    const page = await openPage(browser);
    const start = Date.now();
    await page.clock.install({ time: start });
    await page.clock.pauseAt(start + 1_000);
    await page.goto(url);
    await shown(page, "note").toBe("Voting is open. These figures are not final.");
    await expect.poll(() => page.evaluate("document.readyState")).toBe("complete");
    const banner = page.locator("#banner");
    await page.clock.runFor(14_000);
    expect(await banner.isVisible()).toBe(false);
    await page.clock.runFor(2_000);
    expect(await banner.textContent()).toBe(
      "The server is silent, reconnecting. Last sign of it: 16 s ago.",
    );
    await page.clock.runFor(3_000);
    await expect.poll(() => banner.isVisible()).toBe(false);
  });

  it("goes from counting over recounting to official, in words, icon and colour", async () => {
    const { page: url, view, close, seal, certify } = await scene();
    const page = await openPage(browser);
    await page.goto(url);
    const looks = async () => ({
      label: await page.locator("#label").textContent(),
      icon: await page.locator(".status .icon:visible").getAttribute("class"),
      colour: await page.evaluate("getComputedStyle(document.querySelector('.status')).color"),
    });
    const counting = await looks();
    expect(counting).toMatchObject({ label: "Unofficial, counting", icon: "icon icon-counting" });
    await close();
    await shown(page, "label").toBe("Voting over, counting");
    await seal();
    await shown(page, "label").toBe("Closed, awaiting recount");
    const awaiting = await looks();
    expect(awaiting.icon).toBe("icon icon-closed");
    await expect.poll(() => page.locator("#announcer").textContent()).toContain("Closed");
    await view.setRecounting("demo", Date.now());
    await shown(page, "label").toBe("Closed, recounting");
    const recounting = await looks();
    expect(recounting.icon).toBe("icon icon-recounting");
    await certify([5, 2, 1]);
    await shown(page, "label").toBe("Official, certified");
    const official = await looks();
    expect(official.icon).toBe("icon icon-certified");
    expect(
      new Set([counting, awaiting, recounting, official].map(({ colour }) => colour)).size,
    ).toBe(4);
    expect(await page.locator("#digest").textContent()).toBe(digest);
    expect(await page.locator("#check-now").textContent()).toContain(
      "vote recount --election demo",
    );
    expect(await page.title()).toContain("Official, certified");
    expect(await page.offences()).toEqual([]);
  });

  it("says of how long ago the figures are while they cannot be read", async () => {
    const { view, registry, election } = await scene();
    const { view: fragile, state } = breakable(view);
    const serve = await startServe({ registry, view: fragile, host: "127.0.0.1", port: 0 });
    onTestFinished(() => serve.stop());
    const page = await openPage(browser);
    await page.goto(`${serve.url}/elections/${election.id}`);
    await shown(page, "counted").toBe("8");
    state.broken = true;
    await shown(page, "banner").toMatch(
      /figures are unavailable\. These are from .*, \d+ s ago\.$/,
    );
    state.broken = false;
    await expect.poll(() => page.locator("#banner").isVisible()).toBe(false);
  });
});

describe.runIf(available)("the results page without JavaScript", { timeout }, () => {
  it("is complete, and fresh when it is loaded again", async () => {
    const { page: url, count } = await scene();
    const page = await openPage(browser, { javaScriptEnabled: false });
    await page.goto(url);
    expect(await page.locator("#counted").textContent()).toBe("8");
    expect(await page.locator("#lines tr").count()).toBe(3);
    expect(await shares(page)).toEqual(["62.5%", "25.0%", "12.5%"]);
    expect(await page.locator("#rate-card").isVisible()).toBe(false);
    await count(4, [50, 30, 20]);
    await page.getByRole("link", { name: "Refresh" }).click();
    await expect
      .poll(async () => {
        await page.reload();
        return page.locator("#counted").textContent();
      })
      .toBe("100");
  });
});

describe.runIf(available)("the results page for everybody", { timeout }, () => {
  const narrow = { width: 320, height: 640 };

  it.each([
    ["light", "open", "light", { width: 1_280, height: 800 }],
    ["dark, closed", "closed", "dark", { width: 1_280, height: 800 }],
    ["light, official, 320 pixels wide", "certified", "light", narrow],
    ["dark, official, 4K", "certified", "dark", { width: 3_840, height: 2_160 }],
  ] as const)("keeps WCAG 2.2 AA: %s", async (_name, status, colorScheme, viewport) => {
    const { page: url, close, certify } = await scene();
    if (status !== "open") await close();
    if (status === "certified") await certify([5, 2, 1]);
    const page = await openPage(browser, { colorScheme, viewport });
    await page.goto(url);
    await expect.poll(() => page.evaluate("document.readyState")).toBe("complete");
    expect(await accessibilityOffences(page)).toEqual([]);
    expect(await scrollsSideways(page)).toBe(false);
    const ground = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    expect(ground).toBe(colorScheme === "dark" ? "rgb(10, 14, 22)" : "rgb(244, 245, 248)");
    expect(await page.offences()).toEqual([]);
  });

  it("does not scroll sideways on 320 pixels, whatever the names", async () => {
    const { registry, view, serve } = await scene();
    const demo = await registry.get("demo");
    const candidates = [
      { id: "one", name: "Supercalifragilisticexpialidocious".repeat(4) },
      { id: "two", name: "&lt;b&gt; <script>globalThis.violations.push('run')</script>" },
    ];
    const election = { ...demo, id: "long", title: "W".repeat(200), candidates, revision: 1 };
    await registry.create(election as NonNullable<typeof demo>);
    await view.set("long", partitionView(0, 0, [9e11, 8e11]));
    const page = await openPage(browser, { viewport: narrow, locale: "pt-BR" });
    await page.goto(`${serve.url}/elections/long`);
    await shown(page, "counted").toBe("1.700.000.000.000");
    expect(await scrollsSideways(page)).toBe(false);
    expect(await page.locator("#lines .name").nth(1).textContent()).toContain("<script>global");
    await page.goto(`${serve.url}/`);
    expect(await page.locator(".elections a").count()).toBe(2);
    expect(await scrollsSideways(page)).toBe(false);
    expect(await accessibilityOffences(page)).toEqual([]);
    expect(await page.offences()).toEqual([]);
  });

  it("speaks Portuguese and English, and writes numbers as the reader does", async () => {
    const { page: url, count } = await scene();
    const page = await openPage(browser, { locale: "pt-BR" });
    await page.goto(url);
    await shown(page, "label").toBe("Não oficial, em apuração");
    await count(4, [600_000, 300_000, 99_999]);
    await shown(page, "counted").toBe("999.999");
    expect(await shares(page)).toEqual(["60,0%", "30,0%", "10,0%"]);
    expect(await page.evaluate("document.documentElement.lang")).toBe("pt");
    await page.getByRole("link", { name: "English" }).click();
    await shown(page, "label").toBe("Unofficial, counting");
    await shown(page, "counted").toBe("999,999");
    await count(5, [600_000, 300_000, 100_000]);
    await shown(page, "counted").toBe("1,000,000");
  });

  it("would be caught breaking its policy, or shutting somebody out", async () => {
    const { page: url } = await scene();
    const page = await openPage(browser);
    await page.goto(url);
    await page.evaluate(`
      const image = document.createElement("img");
      image.src = "http://127.0.0.1:1/image.png";
      document.getElementById("main").append(image);
    `);
    await expect.poll(() => page.offences()).toContain("img-src http://127.0.0.1:1/image.png");
    expect((await accessibilityOffences(page)).join()).toMatch(/^image-alt: /);
  });

  it("can be used with the keyboard, and keeps still for whoever wants it to", async () => {
    const { page: url } = await scene();
    const page = await openPage(browser, { reducedMotion: "reduce" });
    await page.goto(url);
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.className")).toBe("skip");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("main");
    const motion = "document.getAnimations().filter((one) => one.playState === 'running').length";
    expect(await page.evaluate(motion)).toBe(0);
    const lively = await openPage(browser);
    await lively.goto(url);
    expect(await lively.evaluate(motion)).toBe(1);
  });
});
