import { gunzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import type { LiveResult } from "../../../../src/runtime/contracts/http/result.js";
import {
  createElection,
  type Election,
  withStatus,
} from "../../../../src/runtime/core/election.js";
import { resultsPage } from "../../../../src/runtime/serve/page/results-page.js";
import { votePage } from "../../../../src/runtime/serve/page/vote-page.js";
import { type ServeOptions, startServe } from "../../../../src/runtime/serve/server.js";
import { openTestEngine } from "../../../helpers/data/election.js";
import { identityOf } from "../../../helpers/data/identity.js";
import { liveResult } from "./support.js";

const hostile = `<script>alert(1)</script>" onload='x' &amp; =1`;

async function served(options: Partial<ServeOptions> & { ids?: readonly string[] } = {}) {
  const { ids = ["demo"], ...serveOptions } = options;
  const engine = await openTestEngine();
  const { registry, view } = engine;
  const elections: Election[] = [];
  for (const [index, id] of ids.entries()) {
    const candidates = [
      { id: "one", name: hostile },
      { id: "two", name: "Two" },
    ];
    const draft = { id, title: `${hostile} ${id}`, candidates, partitions: 2, ...identityOf(id) };
    const created = createElection({ ...draft, createdAt: index });
    await registry.create(created);
    elections.push(withStatus(created, "open", 2));
    await registry.replace(elections[index]);
  }
  const serve = await startServe({
    ...{ registry, view, host: "127.0.0.1", port: 0 },
    ...serveOptions,
  });
  onTestFinished(() => serve.stop());
  const set = (sequence: number, counts: number[]) =>
    view.set("demo", {
      ...{ partition: 0, sequence, position: sequence, counts, sealed: false },
      ...{ rejections: [1, 0, 0, 0], retriesAbsorbed: 0 },
    });
  return { serve, registry, view, elections, set };
}

const asPage = { headers: { accept: "text/html" } };

describe("GET /elections/{id}", () => {
  it("is complete as it is sent, and escapes whatever others have written", async () => {
    const { serve, set } = await served();
    await set(0, [1_234_567, 765_433]);
    const answer = await fetch(`${serve.url}/elections/demo`, {
      headers: { "accept-language": "de-DE" },
    });
    const page = await answer.text();
    expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page).toContain("2.000.000");
    expect(page).toContain("61,7\u00a0%");
    expect(page).toContain("Unofficial, counting");
    expect(page).toContain(
      "&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&#39;x&#39; &amp;amp;",
    );
    expect(page).not.toContain("<script>alert");
    expect(page).not.toContain("onload='x'");
  });

  it("allows only its own files, and nothing inline", async () => {
    const { serve } = await served({ voteUrl: "http://127.0.0.1:4000/" });
    const answer = await fetch(`${serve.url}/elections/demo`);
    const policy = answer.headers.get("content-security-policy");
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).toContain("connect-src 'self';");
    expect(policy).not.toContain("unsafe");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
    expect(await answer.text()).not.toMatch(/<script(?![^>]* src=)|<style| style=| on[a-z]+="/);
  });

  it("is new once the figures are, and for each language of its own", async () => {
    const { serve, set } = await served();
    const get = async (language: string) => {
      const headers = { "accept-language": language };
      return (await fetch(`${serve.url}/elections/demo`, { headers })).text();
    };
    expect(await get("en")).toContain('<b id="counted">0</b>');
    await set(0, [2, 1]);
    await expect.poll(() => get("en")).toContain('<b id="counted">3</b>');
    expect(await get("pt-BR")).toContain("Não oficial, em apuração");
    expect(await get("en")).toContain("Unofficial, counting");
  });

  it("says how old or how far behind the figures are, also without a script", () => {
    const assets = { styles: "", icon: "", plot: "", modulesOf: () => ["x"] };
    const localization = { language: "en", locale: "en" } as const;
    const pageOf = (changes: Partial<LiveResult>) =>
      resultsPage({ figures: liveResult(changes), localization, assets, now: 12_000 }).text;
    expect(pageOf({})).toContain('id="banner" hidden></p>');
    expect(pageOf({ stale: true, asOf: 5_000 })).toMatch(/12:00:05\sAM UTC, 7 s ago\.<\/p>/);
    const behind = { records: 9, partitions: 1, since: 3_000 };
    expect(pageOf({ behind })).toContain('id="banner">The count is 9 s behind');
    expect(pageOf({ behind: { ...behind, since: 11_000 } })).toContain('id="banner" hidden></p>');
  });

  it("is a page also when there is no such election, and a problem for programs", async () => {
    const { serve } = await served();
    const page = await fetch(`${serve.url}/elections/other`, asPage);
    expect(page.status).toBe(404);
    expect(page.headers.get("content-type")).toContain("text/html");
    const problem = await fetch(`${serve.url}/elections/other`);
    expect([problem.status, problem.headers.get("content-type")]).toEqual([
      404,
      "application/problem+json",
    ]);
  });
});

describe("GET /", () => {
  it("leads to the only election", async () => {
    const { serve } = await served();
    const answer = await fetch(`${serve.url}/`, { redirect: "manual" });
    expect([answer.status, answer.headers.get("location")]).toEqual([302, "/elections/demo"]);
  });

  it("lists several, and says when there is none", async () => {
    const { serve } = await served({ ids: ["demo", "second"] });
    const page = await (await fetch(`${serve.url}/`)).text();
    expect(page.indexOf("/elections/second")).toBeLessThan(page.indexOf("/elections/demo"));
    expect(page).not.toContain("<script>");
    const empty = await served({ ids: [] });
    expect(await (await fetch(`${empty.serve.url}/`)).text()).toContain(
      "There are no elections yet",
    );
  });
});

describe("what the page needs", () => {
  it("is under 50 KB as sent, and never changes at its address", async () => {
    const { serve, set } = await served();
    await set(0, [2, 1]);
    let total = 0;
    const urls = [`${serve.url}/elections/demo`];
    for (const url of urls) {
      const answer = await fetch(url, { headers: { "accept-encoding": "gzip" } });
      const raw = await rawBody(url);
      total += raw.length;
      if (url !== urls[0]) {
        expect(answer.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
        continue;
      }
      const page = gunzipSync(raw).toString();
      for (const [, path] of page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) {
        urls.push(serve.url + path);
      }
    }
    expect(urls.length).toBeGreaterThan(10);
    expect(total).toBeGreaterThan(20_000);
    expect(total).toBeLessThan(50_000);
  });

  it("leaves no module out of what the page names", async () => {
    const { serve } = await served();
    const page = await (await fetch(`${serve.url}/elections/demo`)).text();
    const named = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map(
      ([, path]) => path,
    );
    for (const path of named) {
      const text = await (await fetch(serve.url + path)).text();
      for (const [, imported] of text.matchAll(/from "(\.[^"]+)"/g)) {
        expect(named).toContain(new URL(imported, serve.url + path).pathname);
      }
    }
  });
});

/** The bytes on the wire: fetch would unpack them. */
async function rawBody(url: string): Promise<Buffer> {
  const { get } = await import("node:http");
  return new Promise((resolve, reject) => {
    get(url, { headers: { "accept-encoding": "gzip" } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => resolve(Buffer.concat(chunks)));
    }).on("error", reject);
  });
}

describe("GET /elections/{id}/vote", () => {
  it("is not there unless it is known where ballots go", async () => {
    const { serve } = await served();
    const answer = await fetch(`${serve.url}/elections/demo/vote`, asPage);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([
      404,
      "application/problem+json",
    ]);
  });

  it("may connect to the ingest, and to nothing else", async () => {
    const { serve } = await served({ voteUrl: "http://127.0.0.1:4000/" });
    const answer = await fetch(`${serve.url}/elections/demo/vote`);
    const policy = answer.headers.get("content-security-policy");
    expect(policy).toContain("connect-src 'self' http://127.0.0.1:4000;");
    expect(await answer.text()).toContain("&lt;script&gt;alert(1)");
  });

  it("says nothing of the count, and when ballots are taken", () => {
    const assets = { styles: "", icon: "", plot: "", modulesOf: () => ["x"] };
    const localization = { language: "en", locale: "en-GB" } as const;
    const page = { localization, assets, voteUrl: "http://127.0.0.1:4000" };
    const closesAt = Date.UTC(2026, 10, 21, 21, 0);
    const pageAt = (changes: Partial<LiveResult>, now: number) =>
      votePage({ ...page, figures: liveResult({ closesAt, ...changes }), now }).text;
    const pages = {
      open: pageAt({}, closesAt - 1),
      over: pageAt({}, closesAt),
      draft: pageAt({ status: "draft" }, 0),
      closed: pageAt({ status: "closed" }, 0),
      official: pageAt({ status: "certified", official: true }, 0),
    };
    expect(pages.open).toContain('<span id="hours">Voting is open until 21:00 UTC.</span>');
    expect(pages.over).toContain('<span id="hours">Voting has ended.</span>');
    expect(pages.draft).toContain('<span id="hours">Voting has not begun.</span>');
    expect(pages.closed).toContain('<span id="hours">Voting has ended.</span>');
    for (const text of Object.values(pages)) {
      expect(text).not.toMatch(/counting<|Unofficial|recount</);
      // Nobody gets a button before it is known that there is something to press it for.
      expect(text).toContain('id="ballot" hidden>');
    }
  });

  it("refuses an address that is none", async () => {
    await expect(served({ voteUrl: "javascript:alert(1)" })).rejects.toMatchObject({
      code: "invalid-usage",
    });
  });
});
