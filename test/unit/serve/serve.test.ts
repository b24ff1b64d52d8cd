import { request } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { withStatus } from "../../../src/runtime/core/election.js";
import { VoteError } from "../../../src/runtime/core/errors.js";
import { type ServeOptions, startServe } from "../../../src/runtime/serve/server.js";
import type { PartitionView, View } from "../../../src/runtime/view/port.js";
import { openEngine } from "../../../src/runtime/wiring.js";
import { electionOf } from "../../helpers/chains.js";
import { eventually, temporaryDirectory } from "../../helpers/temporary.js";

const figuresOf = (partition: number, sequence: number, counts: number[]): PartitionView => ({
  partition,
  sequence,
  position: (sequence + 1) * 10,
  counts,
  rejections: [1, 0, 0],
  retriesAbsorbed: 2,
  sealed: false,
});

/** An open election of three candidates and two partitions, served. */
async function served(options: Partial<ServeOptions> = {}) {
  const engine = await openEngine({ engine: "embedded", dataDir: await temporaryDirectory() });
  const { registry, view } = engine;
  const draft = electionOf("demo", 3, 2);
  await registry.create(draft);
  const open = withStatus(draft, "open", 2);
  await registry.replace(open);
  await view.set("demo", figuresOf(0, 3, [5, 2, 1]));
  const serve = await startServe({ registry, view, host: "127.0.0.1", port: 0, ...options });
  onTestFinished(async () => {
    await serve.stop();
    await engine.close();
  });
  const result = `${serve.url}/v1/elections/demo/result`;
  return { ...engine, election: open, serve, result };
}

interface Body {
  [field: string]: unknown;
  readonly revision: number;
  readonly counted: number;
  readonly elections: readonly object[];
}

const bodyOf = async (answer: Response) => (await answer.json()) as Body;

/** A view that can be made to fail, as a lost server would: the real one is behind it. */
function breakable(view: View): { view: View; state: { broken: boolean } } {
  const state = { broken: false };
  const proxy: View = {
    set: (election, partition) => view.set(election, partition),
    setOfficial: (election, official) => view.setOfficial(election, official),
    async get(election) {
      if (state.broken) throw new VoteError("view-unavailable", "The view does not answer.");
      return view.get(election);
    },
    close: () => view.close(),
  };
  return { view: proxy, state };
}

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

describe("GET /v1/elections/{id}/result", () => {
  it("adds up the partitions", async () => {
    const { view, result } = await served();
    await view.set("demo", { ...figuresOf(1, 0, [1, 1, 0]), sealed: true });
    const answer = await fetch(result);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toContain("application/json");
    expect(answer.headers.get("cache-control")).toContain("s-maxage=1,");
    expect(await bodyOf(answer)).toEqual({
      election: "demo",
      title: "Election demo",
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
    await view.set("demo", figuresOf(0, 4, [6, 2, 1]));
    await eventually("more votes", async () => {
      const now = await bodyOf(await fetch(result));
      return now.counted === 9 && now.revision > closed.revision;
    });
  });

  it("gives the official figures, and lets them be cached", async () => {
    const { registry, view, election, result } = await served();
    const before = await bodyOf(await fetch(result));
    const official = { counts: [9, 8, 7], rejected: { "already-voted": 3 }, digest: "ab" };
    const closed = withStatus(election, "closed", 3);
    await registry.replace(closed);
    await registry.replace(withStatus(closed, "certified", 4));
    await view.setOfficial("demo", { ...official, certifiedAt: 4 });
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

  it("takes the official figures from the certificate when the view has lost them", async () => {
    const { registry, election, result } = await served();
    const closed = withStatus(election, "closed", 3);
    await registry.putCertificate({
      election: "demo",
      certifiedAt: 4,
      result: [{ candidate: "candidate-1", votes: 3 }],
      counted: 3,
      rejected: {},
      seals: [],
      digest: "cd",
    });
    await registry.replace(closed);
    await registry.replace(withStatus(closed, "certified", 4));
    const body = await bodyOf(await fetch(result));
    expect(body).toMatchObject({ official: true, counted: 3, digest: "cd", certifiedAt: 4 });
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

describe("GET /v1/elections/{id}/events", () => {
  /** Opens a stream; `text` grows with what has come, `ended` says that the server ended it. */
  async function listen(url: string, headers: Record<string, string> = {}) {
    const stream = { text: "", ended: false, headers: {} as Record<string, unknown>, status: 0 };
    const outgoing = request(`${url}/v1/elections/demo/events`, { headers }, (response) => {
      stream.headers = response.headers;
      stream.status = response.statusCode ?? 0;
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        stream.text += chunk;
      });
      response.on("end", () => {
        stream.ended = true;
      });
      response.on("error", () => {
        stream.ended = true;
      });
    });
    outgoing.on("error", () => {
      stream.ended = true;
    });
    onTestFinished(() => {
      outgoing.destroy();
    });
    outgoing.end();
    await eventually("the stream's start", () => stream.status !== 0);
    return Object.assign(stream, { close: () => outgoing.destroy() });
  }
  const eventsIn = (text: string) =>
    [...text.matchAll(/event: result\nid: (\d+)\ndata: (.+)\n\n/g)].map(([, id, data]) => ({
      id: Number(id),
      data: JSON.parse(data),
    }));

  it("starts with the whole result, and sends every change with its revision", async () => {
    const { view, serve } = await served({ tickMs: 10 });
    const stream = await listen(serve.url);
    expect(stream.headers).toMatchObject({
      "content-type": "text/event-stream",
      "x-accel-buffering": "no",
      "access-control-allow-origin": "*",
    });
    await eventually("the snapshot", () => eventsIn(stream.text).length === 1);
    expect(stream.text.startsWith("retry: 2000\n\n")).toBe(true);
    await view.set("demo", figuresOf(1, 0, [1, 0, 0]));
    await eventually("the change", () => eventsIn(stream.text).length === 2);
    const [first, second] = eventsIn(stream.text);
    expect(first.data).toMatchObject({ counted: 8, revision: first.id });
    expect(second.data).toMatchObject({ counted: 9, revision: second.id });
    expect(second.id).toBeGreaterThan(first.id);
  });

  it("sends no snapshot to who has it already, but the next change", async () => {
    const { view, serve, result } = await served({ tickMs: 10, keepAliveMs: 20 });
    const { revision } = await bodyOf(await fetch(result));
    const knows = await listen(serve.url, { "last-event-id": String(revision) });
    const older = await listen(serve.url, { "last-event-id": String(revision - 1) });
    await eventually("the snapshot", () => eventsIn(older.text).length === 1);
    await eventually("signs of life", () => knows.text.includes(": keep-alive\n\n"));
    expect(eventsIn(knows.text)).toEqual([]);
    await view.set("demo", figuresOf(0, 9, [6, 2, 1]));
    await eventually("the change", () => eventsIn(knows.text).length === 1);
    expect(eventsIn(knows.text)[0].data.counted).toBe(9);
  });

  it("hints at the end once the result is official", async () => {
    const { view, serve } = await served({ tickMs: 10 });
    const stream = await listen(serve.url);
    const official = { certifiedAt: 4, counts: [9, 8, 7], rejected: {}, digest: "ab" };
    await view.setOfficial("demo", official);
    await eventually("the end", () => stream.text.includes("event: end\n"));
    expect(eventsIn(stream.text).at(-1)?.data).toMatchObject({ official: true, counted: 24 });
  });

  it("refuses more streams than it is to hold, and takes one again when one has gone", async () => {
    const { serve } = await served({ tickMs: 10, maxStreams: 1 });
    const stream = await listen(serve.url);
    const url = `${serve.url}/v1/elections/demo/events`;
    const refused = await fetch(url);
    expect([refused.status, (await bodyOf(refused)).code]).toEqual([503, "overloaded"]);
    stream.close();
    await eventually("room again", async () => {
      const abort = new AbortController();
      const { status } = await fetch(url, { signal: abort.signal });
      abort.abort();
      return status === 200;
    });
  });

  it("ends every stream at a stop", async () => {
    const { registry, view } = await served();
    const serve = await startServe({ registry, view, host: "127.0.0.1", port: 0 });
    const stream = await listen(serve.url);
    await serve.stop();
    await eventually("the stream's end", () => stream.ended);
  });
});
