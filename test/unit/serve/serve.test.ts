import { describe, expect, it, onTestFinished } from "vitest";
import { parseVoteKeys } from "../../../src/runtime/contracts/http/vote-keys.js";
import { withStatus } from "../../../src/runtime/core/election.js";
import { withSigner } from "../../../src/runtime/core/trust.js";
import { startServe } from "../../../src/runtime/serve/server.js";
import type { PartitionView } from "../../../src/runtime/view/port.js";
import { certificateOf } from "../../helpers/data/certificate.js";
import { testKeys } from "../../helpers/data/test-keys.js";
import { applied, eventsIn } from "../../helpers/live/live-messages.js";
import {
  answerTo,
  breakable,
  listen,
  partitionView,
  served,
} from "../../helpers/live/live-serve.js";
import { eventually } from "../../helpers/temporary.js";

interface Body {
  [field: string]: unknown;
  readonly revision: number;
  readonly counted: number;
  readonly elections: readonly object[];
}

/** The state that a stream's events have led to. */
const streamed = (text: string) =>
  eventsIn(text).reduce<Record<string, unknown> | undefined>(applied, undefined);

const bodyOf = async (answer: Response) => (await answer.json()) as Body;

describe("an id that no election can have", () => {
  const id = "x".repeat(5_000);

  it.each([
    ["events", "", 400],
    ["socket", `connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n`, 404],
    ["result", "", 400],
  ])("is refused on /%s before any store is asked", async (resource, headers, status) => {
    const warnings: unknown[] = [];
    const logger = {
      warn: (...all: unknown[]) => warnings.push(all),
      error: (...all: unknown[]) => warnings.push(all),
    };
    const { serve } = await served({ logger });
    const answer = await answerTo(serve.port, `/v1/elections/${id}/${resource}`, headers);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain("content-type: application/problem+json");
    expect(answer.length).toBeLessThan(1_000);
    expect(warnings).toEqual([]);
  });
});

describe("every JSON answer", () => {
  it.each(["/v1/elections", "/v1/elections/demo/result", "/v1/none", "/livez", "/statusz"])(
    "%s keeps browsers from guessing its type",
    async (path) => {
      const { serve } = await served();
      const { headers } = await fetch(serve.url + path);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    },
  );
});

describe("GET /v1/elections", () => {
  it("lists the elections without the names of their keys", async () => {
    const { serve } = await served();
    const answer = await fetch(`${serve.url}/v1/elections`);
    const { elections } = await bodyOf(answer);
    expect(elections).toMatchObject([
      { id: "demo", title: "Election demo", status: "open", partitions: 2 },
    ]);
    expect(elections[0]).not.toHaveProperty("keyId");
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
  });
});

describe("GET /.well-known/vote-keys.json", () => {
  it("has the keys that sign frames, by election, for caches to keep a minute", async () => {
    const { serve, registry } = await served();
    const { publicKey } = testKeys.frames;
    for (const use of ["frames", "admin"] as const) {
      const election = (await registry.get("demo"))!;
      await registry.replace(withSigner(election, publicKey, use, 5));
    }
    const ask = () => fetch(`${serve.url}/.well-known/vote-keys.json`);
    const { instance } = (await registry.get("demo"))!;
    const keys = [{ id: testKeys.frames.id, publicKey, use: "frames", addedAt: 5 }];
    // Serve may have read the elections a moment before.
    await expect
      .poll(async () => parseVoteKeys(await (await ask()).text(), "answer"), { timeout: 20_000 })
      .toEqual({ elections: [{ id: "demo", instance, keys }] });
    const answer = await ask();
    expect(answer.headers.get("cache-control")).toBe("public, max-age=60");
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
  });
});

describe("GET /v1/elections/{id}/result", () => {
  it("adds up the partitions", async () => {
    const { view, result } = await served();
    await view.set("demo", { ...partitionView(1, 0, [1, 1, 0]), sealed: true });
    const answer = await eventually("both partitions", async () => {
      const answer = await fetch(result);
      return (await bodyOf(answer.clone())).counted === 10 && answer;
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toContain("application/json");
    expect(answer.headers.get("cache-control")).toContain("s-maxage=1,");
    expect(await bodyOf(answer)).toEqual({
      election: "demo",
      title: "Election demo",
      openedAt: 2,
      status: "open",
      official: false,
      revision: 4 + 1 + 2,
      counted: 10,
      rejected: { "already-voted": 2 },
      retriesAbsorbed: 4,
      result: [
        { candidate: "candidate-0", name: "Candidate 0", votes: 6, share: 0.6 },
        { candidate: "candidate-1", name: "Candidate 1", votes: 3, share: 0.3 },
        { candidate: "candidate-2", name: "Candidate 2", votes: 1, share: 0.1 },
      ],
      sealedPartitions: 1,
      partitions: 2,
    });
  });

  it("gives the partitions' watermarks on request", async () => {
    const { result } = await served();
    const { watermarks } = await bodyOf(await fetch(`${result}?detail=partitions`));
    expect(watermarks).toEqual([{ partition: 0, sequence: 3, position: 40, sealed: false }]);
    expect((await fetch(`${result}?detail=voters`)).status).toBe(400);
  });

  it("answers 304 until something changes, also a status alone", async () => {
    const { registry, view, election, result } = await served();
    const first = await fetch(result);
    const tag = first.headers.get("etag") ?? "";
    expect(tag).toMatch(/^"[^"]+"$/);
    const again = await fetch(result, { headers: { "if-none-match": `"other", W/${tag}` } });
    expect([again.status, await again.text()]).toEqual([304, ""]);
    const changed = () =>
      eventually("another tag", async () => {
        const answer = await fetch(result, { headers: { "if-none-match": tag } });
        return answer.status === 200 && bodyOf(answer);
      });
    await registry.replace(withStatus(election, "closed", 3));
    const closed = await changed();
    expect(closed).toMatchObject({ status: "closed", counted: 8 });
    await view.set("demo", partitionView(0, 4, [6, 2, 1]));
    await eventually("more votes", async () => {
      const now = await bodyOf(await fetch(result));
      return now.counted === 9 && now.revision > closed.revision;
    });
  });

  it("is compressed as the client likes it, each coding with a tag of its own", async () => {
    const { result } = await served();
    const get = (coding: string, headers = {}) =>
      fetch(result, { headers: { "accept-encoding": coding, ...headers } });
    const answers = await Promise.all(["br, gzip", "gzip", "identity"].map((one) => get(one)));
    const codings = answers.map(({ headers }) => headers.get("content-encoding"));
    expect(codings).toEqual(["br", "gzip", null]);
    expect(answers.map(({ headers }) => headers.get("vary"))).toEqual(
      Array(3).fill("Accept-Encoding"),
    );
    const tags = answers.map(({ headers }) => headers.get("etag") ?? "");
    expect(new Set(tags).size).toBe(3);
    const [one, ...others] = await Promise.all(answers.map((answer) => answer.text()));
    expect(others).toEqual([one, one]);
    const again = await get("br", { "if-none-match": tags[0] });
    expect([again.status, again.headers.get("vary")]).toEqual([304, "Accept-Encoding"]);
    expect((await get("gzip", { "if-none-match": tags[0] })).status).toBe(200);
  });

  it("gives the official figures, and lets them be cached", async () => {
    const { registry, view, election, result } = await served();
    const before = await bodyOf(await fetch(result));
    const rejected = { "already-voted": 3 };
    await registry.putCertificate(await certificateOf(election, [9, 8, 7], { rejected }));
    const closed = withStatus(election, "closed", 3);
    await registry.replace(closed);
    await registry.replace(withStatus(closed, "certified", 4));
    // Whoever can write to the view cannot change an official result.
    await view.replace("demo", partitionView(0, 9, [0, 0, 99]));
    const [answer, body] = await eventually("the official result", async () => {
      const answer = await fetch(result);
      const body = await bodyOf(answer);
      return body.official === true && ([answer, body] as const);
    });
    expect(body).toMatchObject({
      status: "certified",
      official: true,
      counted: 24,
      rejected: { "already-voted": 3 },
      digest: "ab",
      certifiedAt: 4,
    });
    expect(body.revision).toBeGreaterThan(before.revision);
    expect(answer.headers.get("cache-control")).toContain("s-maxage=3600");
  });

  it("gives no official result without a certificate", async () => {
    const { registry, election, result } = await served();
    const closed = withStatus(election, "closed", 3);
    await registry.replace(closed);
    await registry.replace(withStatus(closed, "certified", 4));
    const answer = await eventually("the refusal", async () => {
      const answer = await fetch(result);
      return answer.status === 500 && answer;
    });
    const detail = "The certificate of election demo is damaged: it is missing.";
    expect(await answer.json()).toMatchObject({ code: "corrupt-registry", detail });
  });

  it.each([
    ["another result", { counted: 25 }, "its signature does not fit its content"],
    ["a stranger's signature", { keyId: "0011223344556677" }, "which the election does not trust"],
  ])("gives no official result by a certificate with %s", async (_, altered, fault) => {
    const { registry, election, result } = await served();
    const certificate = await certificateOf(election, [9, 8, 7]);
    await registry.putCertificate({ ...certificate, ...altered });
    const closed = withStatus(election, "closed", 3);
    await registry.replace(closed);
    await registry.replace(withStatus(closed, "certified", 4));
    const answer = await eventually("the refusal", async () => {
      const answer = await fetch(result);
      return answer.status === 500 && answer;
    });
    const detail = expect.stringContaining(fault);
    expect(await answer.json()).toMatchObject({ code: "corrupt-registry", detail });
  });

  it("gives no official result while the trail is not whole", async () => {
    const { registry, election, result } = await served();
    await registry.putCertificate(await certificateOf(election, [9, 8, 7]));
    const closed = withStatus(election, "closed", 3);
    await registry.replace(closed);
    // As whoever can write to the registry, but does not know its rules.
    const candidates = election.candidates.toReversed();
    await registry.replace({ ...withStatus(closed, "certified", 4), candidates });
    const answer = await eventually("the refusal", async () => {
      const answer = await fetch(result);
      return answer.status === 500 && answer;
    });
    const place = "election demo, change 4: it alters candidates";
    const detail = expect.stringContaining(place);
    expect(await answer.json()).toMatchObject({ code: "corrupt-registry", detail });
  });

  it("gives the official figures when the view is away and was never seen", async () => {
    const { registry, view: real, election } = await served();
    const closed = withStatus(election, "closed", 3);
    const rejected = { "already-voted": 1 };
    await registry.putCertificate(await certificateOf(election, [0, 3, 0], { rejected }));
    await registry.replace(closed);
    await registry.replace(withStatus(closed, "certified", 4));
    const { view, state } = breakable(real);
    state.broken = true;
    const serve = await startServe({ registry, view, host: "127.0.0.1", port: 0 });
    onTestFinished(() => serve.stop());
    const answer = await fetch(`${serve.url}/v1/elections/demo/result`);
    expect(answer.headers.get("cache-control")).toContain("s-maxage=3600");
    const body = await bodyOf(answer);
    expect(body).toMatchObject({ official: true, counted: 3, rejected });
    expect(body).toMatchObject({ sealedPartitions: 2, revision: 2 * 10 + 4 + 1 });
    expect(body).not.toHaveProperty("stale");
  });

  it("refuses a certificate that lacks a candidate", async () => {
    const { registry, election, result } = await served();
    const closed = withStatus(election, "closed", 3);
    const votes = [{ candidate: "candidate-1", votes: 3 }];
    await registry.putCertificate(await certificateOf(election, [0, 3, 0], { result: votes }));
    await registry.replace(closed);
    await registry.replace(withStatus(closed, "certified", 4));
    await eventually("the refusal", async () => (await fetch(result)).status === 500);
  });

  it.each([
    ["a candidate without a count", { counts: [1, 2] }],
    ["a count that is no number", { counts: [1, 2, Number.NaN] }],
    ["a sequence beyond counting", { sequence: 1e300 }],
    ["a partition that does not exist", { partition: 2 }],
    ["no position", { position: undefined }],
  ])("takes %s for a view that cannot be read, not for 0", async (_, changes) => {
    const { view, result } = await served();
    const before = await bodyOf(await fetch(result));
    const broken = { ...partitionView(1, 0, [1, 1, 1]), ...changes } as PartitionView;
    await view.set("demo", broken);
    const after = await eventually("stale", async () => {
      const body = await bodyOf(await fetch(result));
      return body.stale === true && body;
    });
    expect(after.counted).toBe(before.counted);
  });

  it("gives up a sequence that the view contradicts for long", async () => {
    const clock = { ahead: 0 };
    const { registry, view: real } = await served();
    const { view, state } = breakable(real);
    const now = () => Date.now() + clock.ahead;
    const serve = await startServe({ registry, view, host: "127.0.0.1", port: 0, now, tickMs: 10 });
    onTestFinished(() => serve.stop());
    const stream = await listen(serve.url);
    const counted = () => streamed(stream.text)?.counted;
    state.forged = partitionView(0, 1_000_000, [900, 0, 0]);
    await eventually("the forged figures", () => counted() === 900);
    state.forged = undefined;
    const before = state.answers;
    await eventually("readings that say less", () => state.answers > before + 3);
    expect(counted()).toBe(900);
    clock.ahead += 60_000;
    await eventually("the real figures", () => counted() === 8);
    await real.set("demo", partitionView(0, 4, [6, 2, 1]));
    await eventually("newer ones", () => counted() === 9);
  });

  it("is the same in two serve processes, tag included", async () => {
    const { registry, view, result } = await served();
    const other = await startServe({ registry, view, host: "127.0.0.1", port: 0 });
    onTestFinished(() => other.stop());
    const [a, b] = await Promise.all([
      fetch(result),
      fetch(`${other.url}/v1/elections/demo/result`),
    ]);
    expect(a.headers.get("etag")).toBe(b.headers.get("etag"));
    expect(await a.text()).toBe(await b.text());
  });
});

describe("refusals", () => {
  it.each([
    ["GET", "/v1/elections/none/result", 404, "unknown-election"],
    ["GET", "/v1/elections/none/events", 404, "unknown-election"],
    ["GET", "/v1/nothing", 404, "not-found"],
    ["POST", "/v1/elections/demo/result", 405, "method-not-allowed"],
  ])("%s %s is %i as problem+json", async (method, path, status, code) => {
    const { serve } = await served();
    const answer = await fetch(serve.url + path, { method });
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(await bodyOf(answer)).toMatchObject({ type: `urn:vote:error:${code}`, code, status });
  });
});

describe("without the view", () => {
  it("serves the last state and says so, is not ready, and recovers", async () => {
    const { registry, view: real } = await served();
    const { view, state } = breakable(real);
    const serve = await startServe({ registry, view, host: "127.0.0.1", port: 0 });
    onTestFinished(() => serve.stop());
    const url = `${serve.url}/v1/elections/demo/result`;
    const fresh = await fetch(url);
    expect((await fetch(`${serve.url}/readyz`)).status).toBe(200);
    state.broken = true;
    const [answer, body] = await eventually("a stale answer", async () => {
      const answer = await fetch(url);
      const body = await bodyOf(answer);
      return body.stale === true && ([answer, body] as const);
    });
    const { stale, asOf, ...rest } = body;
    expect(stale).toBe(true);
    expect(asOf).toBeTypeOf("number");
    expect(rest).toEqual(await bodyOf(fresh));
    expect(answer.headers.get("etag")).not.toBe(fresh.headers.get("etag"));
    expect((await fetch(`${serve.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${serve.url}/livez`)).status).toBe(200);
    state.broken = false;
    await eventually("recovery", async () => !("stale" in (await bodyOf(await fetch(url)))));
  });

  it("says that a recount is running, until nothing is heard of it any more", async () => {
    const clock = { ahead: 0 };
    const now = () => Date.now() + clock.ahead;
    const { registry, view, election, serve } = await served({ now });
    const url = `${serve.url}/v1/elections/demo/result`;
    const recounting = async () => (await bodyOf(await fetch(url))).recounting;
    await view.setRecounting("demo", Date.now() + 5_000);
    await registry.replace(withStatus(election, "closed", 3));
    await expect.poll(recounting).toBe(true);
    clock.ahead = 60_000;
    await expect.poll(recounting).toBeUndefined();
  });

  it("says that a closed result is disputed, and where, and no more", async () => {
    const { registry, election, serve } = await served();
    const url = `${serve.url}/v1/elections/demo/result`;
    const disputed = async () => (await bodyOf(await fetch(url))).disputed;
    const place = { finding: "log-differs", partition: 1, segment: 3, position: 7 };
    const by = { by: "certifier", detail: "planted" };
    await registry.putDispute({ election: "demo", revision: 3, at: 9, ...by, ...place });
    expect(await disputed()).toBeUndefined();
    await registry.replace(withStatus(election, "closed", 3));
    await expect.poll(disputed).toEqual({ since: 9, ...place });
    const page = await (await fetch(`${serve.url}/elections/demo?lang=en`)).text();
    expect(page).toContain('data-standing="disputed"');
    expect(page).toContain("Found first in partition 1, segment 3, position 7.");
    expect(page).not.toContain("planted");
  });

  it("answers 503 when there never was a state", async () => {
    const { registry, view: real } = await served();
    const { view, state } = breakable(real);
    state.broken = true;
    const serve = await startServe({ registry, view, host: "127.0.0.1", port: 0 });
    onTestFinished(() => serve.stop());
    const answer = await fetch(`${serve.url}/v1/elections/demo/result`);
    expect(answer.status).toBe(503);
    expect(await bodyOf(answer)).toMatchObject({ code: "view-unavailable" });
  });
});
