import { connect } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { withStatus } from "../../../src/runtime/core/election.js";
import { startServe } from "../../../src/runtime/serve/server.js";
import { certificateOf } from "../../helpers/data/certificate.js";
import { applied, eventsIn, signsOfLifeIn } from "../../helpers/live/live-messages.js";
import { breakable, listen, partitionView, served } from "../../helpers/live/live-serve.js";
import { eventually } from "../../helpers/temporary.js";

const stateOf = (text: string) =>
  eventsIn(text)
    .filter(({ event }) => event === "result" || event === "delta")
    .reduce<Record<string, unknown> | undefined>(applied, undefined);
const resultAt = async (url: string) => (await (await fetch(url)).json()) as object;
/** The entity tag of the state that is served now, in the coding that `fetch` asks for. */
const tagAt = async (url: string) => (await fetch(url)).headers.get("etag") ?? "";
/** The id of that state. */
const idAt = async (url: string) => (await tagAt(url)).slice(1, -1).replace(/-(br|gzip)$/, "");

describe("GET /v1/elections/{id}/events", () => {
  it("starts with the whole result, and sends what changes", async () => {
    const { view, serve, result } = await served({ tickMs: 10 });
    const stream = await listen(serve.url);
    expect(stream.headers).toMatchObject({
      "content-type": "text/event-stream",
      "x-accel-buffering": "no",
      "access-control-allow-origin": "*",
    });
    await eventually("the snapshot", () => eventsIn(stream.text).length === 1);
    expect(stream.text.startsWith("retry: 2000\n\n")).toBe(true);
    const before = await resultAt(result);
    await view.set("demo", partitionView(1, 0, [1, 0, 0]));
    await eventually("the change", () => eventsIn(stream.text).length === 2);
    const [first, second] = eventsIn(stream.text);
    expect(first).toEqual({ event: "result", id: expect.any(String), data: before });
    expect(second).toEqual({
      event: "delta",
      id: expect.stringMatching(/^7-[0-9a-f]{8}$/),
      data: {
        election: "demo",
        from: 6,
        revision: 7,
        at: expect.any(Number),
        counted: 9,
        rejected: { "already-voted": 2 },
        retriesAbsorbed: 4,
        votes: [6, 2, 1],
      },
    });
    const after = await resultAt(result);
    expect(stateOf(stream.text)).toEqual(after);
    expect(second.id).toBe(await idAt(result));
  });

  it("sends nothing to who has the state already, but the next change", async () => {
    const { view, serve, result } = await served({ tickMs: 10, keepAliveMs: 20 });
    const knows = await listen(serve.url, { "last-event-id": await idAt(result) });
    await eventually("signs of life", () => signsOfLifeIn(knows.text) > 0);
    expect(eventsIn(knows.text)).toEqual([]);
    await view.set("demo", partitionView(0, 9, [6, 2, 1]));
    await eventually("the change", () => eventsIn(knows.text).length === 1);
    expect(eventsIn(knows.text)[0]).toMatchObject({ event: "delta", data: { counted: 9 } });
  });

  it("goes on by a delta from a state it still has, by header or query", async () => {
    const { view, serve, result } = await served({ tickMs: 10 });
    const watcher = await listen(serve.url);
    const [id, tag, before] = [await idAt(result), await tagAt(result), await resultAt(result)];
    expect(tag).toBe(`"${id}-gzip"`);
    for (const sequence of [4, 5]) {
      await view.set("demo", partitionView(0, sequence, [sequence, 2, 1]));
      await eventually("the change", () => eventsIn(watcher.text).length === sequence - 2);
    }
    const resumed = [
      await listen(serve.url, { "last-event-id": id }),
      await listen(serve.url, {}, `?lastEventId=${id}`),
      await listen(serve.url, {}, `?lastEventId=${encodeURIComponent(tag)}`),
      // The header is the newer one: it comes with a reconnection to the same address.
      await listen(serve.url, { "last-event-id": id }, "?lastEventId=1-00000000"),
    ];
    for (const stream of resumed) {
      await eventually("the delta", () => eventsIn(stream.text).length > 0);
      const [event, ...more] = eventsIn(stream.text);
      expect([event.event, more]).toEqual(["delta", []]);
      expect(applied({ ...before }, event)).toEqual(await resultAt(result));
    }
  });

  it.each(["6-00000000", "6", "5-12345678", "nonsense"])(
    "gives the whole state to who says it has %s, which it never had here",
    async (id) => {
      const { serve } = await served({ tickMs: 10 });
      const stream = await listen(serve.url, { "last-event-id": id });
      await eventually("the state", () => eventsIn(stream.text).length === 1);
      expect(eventsIn(stream.text)[0]).toMatchObject({ event: "result", data: { revision: 6 } });
    },
  );

  it("says that figures are stale, and when they are not any more", async () => {
    const { registry, view: real } = await served();
    const { view, state } = breakable(real);
    const address = { host: "127.0.0.1", port: 0 };
    const serve = await startServe({ registry, view, ...address, tickMs: 10 });
    onTestFinished(() => serve.stop());
    const stream = await listen(serve.url);
    await eventually("the snapshot", () => eventsIn(stream.text).length === 1);
    const fresh = stateOf(stream.text);
    state.broken = true;
    await eventually("stale", () => stateOf(stream.text)?.stale === true);
    expect(stateOf(stream.text)).toEqual({ ...fresh, stale: true, asOf: expect.any(Number) });
    state.broken = false;
    await eventually("fresh", () => eventsIn(stream.text).length === 3);
    expect(eventsIn(stream.text)[2].data).toMatchObject({ stale: null, asOf: null });
    expect(stateOf(stream.text)).toEqual(fresh);
  });

  it("sends the whole state when a delta cannot say it", async () => {
    const { registry, election, serve } = await served({ tickMs: 10 });
    const stream = await listen(serve.url);
    await eventually("the snapshot", () => eventsIn(stream.text).length === 1);
    const [first, ...rest] = election.candidates;
    const candidates = [{ ...first, name: "Another name" }, ...rest];
    await registry.replace({ ...election, candidates, revision: election.revision + 1 });
    await eventually("the change", () => eventsIn(stream.text).length === 2);
    expect(eventsIn(stream.text)[1]).toMatchObject({
      event: "result",
      data: { result: [{ name: "Another name" }, {}, {}] },
    });
  });

  it("hints at the end once the result is official", async () => {
    const { registry, election, serve } = await served({ tickMs: 10 });
    const stream = await listen(serve.url);
    const closed = withStatus(election, "closed", 3);
    await registry.putCertificate(await certificateOf(election, [9, 8, 7]));
    await registry.replace(closed);
    await registry.replace(withStatus(closed, "certified", 4));
    await eventually("the end", () => eventsIn(stream.text).some(({ event }) => event === "end"));
    expect(stateOf(stream.text)).toMatchObject({ official: true, counted: 24, digest: "ab" });
    expect(eventsIn(stream.text).at(-1)?.data).toEqual({ reason: "certified" });
  });

  it("says the end to who comes with the official state already", async () => {
    const { registry, election, serve, result } = await served({ tickMs: 10 });
    const watcher = await listen(serve.url);
    const closed = withStatus(election, "closed", 3);
    await registry.putCertificate(await certificateOf(election, [9, 8, 7]));
    await registry.replace(closed);
    await registry.replace(withStatus(closed, "certified", 4));
    await eventually("the end", () => eventsIn(watcher.text).at(-1)?.event === "end");
    const late = await listen(serve.url, { "last-event-id": await idAt(result) });
    await eventually("the end", () => eventsIn(late.text).length > 0);
    expect(eventsIn(late.text).map(({ event }) => event)).toEqual(["end"]);
  });

  it("mixes no state from before the certificate with figures from after it", async () => {
    const { registry, election, view, serve } = await served({ tickMs: 10 });
    const closed = withStatus(election, "closed", 3);
    await registry.replace(closed);
    const stream = await listen(serve.url);
    // The certificate is there before the election's record says so.
    await registry.putCertificate(await certificateOf(election, [9, 8, 7]));
    await view.set("demo", partitionView(1, 0, [1, 0, 0]));
    await eventually("the figures", () => stateOf(stream.text)?.counted === 9);
    expect(stateOf(stream.text)).toMatchObject({ status: "closed", official: false });
    await registry.replace(withStatus(closed, "certified", 4));
    await eventually("the end", () => eventsIn(stream.text).at(-1)?.event === "end");
    expect(stateOf(stream.text)).toMatchObject({ status: "certified", official: true });
  });

  it("takes no figures back when the view has been emptied, and goes on as it fills", async () => {
    const { registry, view: real } = await served();
    await real.set("demo", partitionView(1, 4, [1, 0, 0]));
    const { view, state } = breakable(real);
    const serve = await startServe({ registry, view, host: "127.0.0.1", port: 0, tickMs: 10 });
    onTestFinished(() => serve.stop());
    const stream = await listen(serve.url);
    await eventually("the snapshot", () => stateOf(stream.text)?.counted === 9);
    const [{ id }] = eventsIn(stream.text);
    state.emptied = true;
    const before = state.answers;
    // By the second answer, what was made of the first is out.
    await eventually("two readings", () => state.answers > before + 1);
    state.emptied = false;
    await real.set("demo", partitionView(0, 5, [6, 2, 1]));
    await eventually("the change", () => eventsIn(stream.text).length === 2);
    expect(eventsIn(stream.text)[1]).toMatchObject({ event: "delta", data: { counted: 10 } });
    expect(eventsIn(stream.text)[1].data.from).toBe(Number(id?.split("-")[0]));
  });

  it("shows signs of life while figures are waited for", async () => {
    const { registry, view: real } = await served();
    const { view, state } = breakable(real);
    const timing = { tickMs: 10, keepAliveMs: 20 };
    const serve = await startServe({ registry, view, host: "127.0.0.1", port: 0, ...timing });
    onTestFinished(() => serve.stop());
    const stream = await listen(serve.url);
    await eventually("the snapshot", () => eventsIn(stream.text).length === 1);
    let release = () => {};
    state.hold = new Promise((resolve) => {
      release = resolve;
    });
    onTestFinished(() => release());
    const before = signsOfLifeIn(stream.text);
    await eventually("signs of life", () => signsOfLifeIn(stream.text) > before + 5);
  });

  it("refuses more streams than it is to hold, and takes one again when one has gone", async () => {
    const { serve } = await served({ tickMs: 10, maxStreams: 1 });
    const stream = await listen(serve.url);
    const url = `${serve.url}/v1/elections/demo/events`;
    const refused = await fetch(url);
    const { code } = (await refused.json()) as { code: string };
    expect([refused.status, code]).toEqual([503, "overloaded"]);
    stream.close();
    await eventually("room again", async () => {
      const abort = new AbortController();
      const { status } = await fetch(url, { signal: abort.signal });
      abort.abort();
      return status === 200;
    });
  });
});

describe("a connection with a stream on it", () => {
  const get = (path: string, header = "accept: */*") =>
    `GET ${path} HTTP/1.1\r\nhost: localhost\r\n${header}\r\n\r\n`;
  const path = "/v1/elections/demo/events";
  const [events, result] = [get(path), get("/v1/elections/demo/result")];

  /** A bare connection, with all that came on it. */
  function connection(port: number) {
    const socket = connect({ port, host: "127.0.0.1" }).setEncoding("latin1");
    onTestFinished(() => {
      socket.destroy();
    });
    const seen = { text: "", closed: false };
    socket.on("data", (chunk: string) => {
      seen.text += chunk;
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      seen.closed = true;
    });
    return { socket, seen };
  }

  it("is closed when another request comes on it", async () => {
    const { serve } = await served();
    const { socket, seen } = connection(serve.port);
    socket.write(events);
    await eventually("the stream", () => seen.text.includes("event: result"));
    socket.write(result);
    await eventually("the end", () => seen.closed);
    expect(seen.text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  });

  it.each([
    ["in one piece", [events]],
    ["in two pieces", [events.slice(0, 20), events.slice(20)]],
    ["with a header that the short way does not take", [get(path, "te: trailers")]],
  ])("begins the same however the request comes: %s", async (_, pieces) => {
    const { serve } = await served();
    const { socket, seen } = connection(serve.port);
    for (const piece of pieces) {
      socket.write(piece);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await eventually("the stream", () => seen.text.includes("event: result"));
    expect(seen.text.replace(/date: .*\r\n/, "").split("event: result")[0]).toBe(
      "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n" +
        "cache-control: no-store, no-transform\r\nx-accel-buffering: no\r\n" +
        "access-control-allow-origin: *\r\nconnection: close\r\n\r\nretry: 2000\n\n",
    );
  });

  it("answers a refusal as any other, and the next request on the connection", async () => {
    const { serve } = await served();
    const { socket, seen } = connection(serve.port);
    socket.write(get("/v1/elections/none/events"));
    await eventually("the refusal", () => seen.text.includes('"code":"unknown-election"'));
    expect(seen.text).toContain("access-control-allow-origin: *");
    socket.write(result);
    await eventually("the result", () => seen.text.includes('"counted":8'));
  });

  it("goes when its client does", async () => {
    const { serve } = await served({ maxStreams: 1 });
    const { socket, seen } = connection(serve.port);
    socket.write(events);
    await eventually("the stream", () => seen.text.includes("event: result"));
    socket.end();
    await eventually("the end", () => seen.closed);
    await eventually("room again", async () => (await listen(serve.url)).status === 200);
  });

  it("does not begin in the middle of an earlier answer", async () => {
    const { serve } = await served();
    const { socket, seen } = connection(serve.port);
    socket.write(result + events);
    await eventually("both answers", () => (seen.text.match(/HTTP\/1\.1 /g) ?? []).length === 2);
    // Either the stream follows the whole answer, or it is refused; never anything in between.
    const [, first, second] = seen.text.split("HTTP/1.1 ");
    expect(first).toMatch(/^200 OK[\s\S]*"partitions":2}$/);
    expect(second).toMatch(/^(200 OK|400 Bad Request)/);
  });
});

describe("a stop", () => {
  it("does not wait for connections that never said anything", async () => {
    const { registry, view } = await served();
    const serve = await startServe({ registry, view, host: "127.0.0.1", port: 0 });
    const socket = connect({ port: serve.port, host: "127.0.0.1" });
    onTestFinished(() => {
      socket.destroy();
    });
    let closed = false;
    socket.on("close", () => {
      closed = true;
    });
    socket.on("error", () => undefined).resume();
    await eventually("the connection", () => socket.readyState === "open");
    await serve.stop();
    await eventually("its end", () => closed);
  });

  it("tells every client when to come back, each at its own time, and ends all", async () => {
    const { registry, view } = await served();
    const serve = await startServe({ registry, view, host: "127.0.0.1", port: 0 });
    const opening = Array.from({ length: 20 }, () => listen(serve.url));
    const streams = await Promise.all(opening);
    await Promise.all(
      streams.map((stream) => eventually("the snapshot", () => eventsIn(stream.text).length === 1)),
    );
    await serve.stop();
    await eventually("the streams' end", () => streams.every(({ ended }) => ended));
    const last = streams.map(({ text }) => eventsIn(text)[1]);
    for (const { event, retry, data } of last) {
      expect([event, data]).toEqual([
        "closing",
        { reason: "shutting-down", retryMs: Number(retry) },
      ]);
      expect(Number(retry)).toBeGreaterThanOrEqual(1_000);
    }
    expect(new Set(last.map(({ retry }) => retry)).size).toBeGreaterThan(10);
  });
});
