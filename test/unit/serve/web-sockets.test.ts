import { connect } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { startServe } from "../../../src/runtime/serve/server.js";
import { applied, type LiveEvent } from "../../helpers/live/live-messages.js";
import { answerTo, listen, partitionView, served } from "../../helpers/live/live-serve.js";
import { eventually } from "../../helpers/temporary.js";

/** A client of the library's, with every message that has come. */
async function join(url: string, query = "") {
  const address = `${url.replace("http", "ws")}/v1/elections/demo/socket${query}`;
  const socket = new WebSocket(address);
  onTestFinished(() => socket.terminate());
  const seen = { messages: [] as LiveEvent[], pings: 0, closed: 0 };
  socket.on("message", (data, isBinary) => {
    expect(isBinary).toBe(false);
    seen.messages.push(JSON.parse(data.toString()));
  });
  socket.on("ping", () => {
    seen.pings++;
  });
  socket.on("close", (code) => {
    seen.closed = code;
  });
  socket.on("error", () => undefined);
  await eventually("the handshake", () => {
    if (socket.readyState > WebSocket.OPEN) throw new Error("refused");
    return socket.readyState === WebSocket.OPEN;
  });
  return { socket, seen };
}

const upgrade = "connection: upgrade\r\nupgrade: websocket\r\n";
const key = `${"A".repeat(22)}==`;
const handshake = `${upgrade}sec-websocket-version: 13\r\nsec-websocket-key: ${key}\r\n`;

describe("/v1/elections/{id}/socket", () => {
  it("sends what the events send", async () => {
    const { view, serve, result } = await served({ tickMs: 10 });
    const { seen } = await join(serve.url);
    await eventually("the snapshot", () => seen.messages.length === 1);
    await view.set("demo", partitionView(1, 0, [1, 0, 0]));
    await eventually("the change", () => seen.messages.length === 2);
    const [first, second] = seen.messages;
    expect([first.event, second.event]).toEqual(["result", "delta"]);
    expect(second.data).toMatchObject({ from: 6, revision: 7, votes: [6, 2, 1] });
    const now = (await (await fetch(result)).json()) as object;
    expect(applied(first.data, second)).toEqual(now);
    const resumed = await join(serve.url, `?lastEventId=${first.id}`);
    await eventually("the delta", () => resumed.seen.messages.length === 1);
    expect(resumed.seen.messages[0].event).toBe("delta");
    expect(applied(first.data, resumed.seen.messages[0])).toEqual(now);
  });

  it.each([1, 200, 70_000])("frames messages of all lengths: a title of %i", async (length) => {
    const { registry, election, serve } = await served({ tickMs: 10 });
    const { seen } = await join(serve.url);
    const title = "ü".repeat(length);
    await registry.replace({ ...election, title, revision: election.revision + 1 });
    await eventually("the title", () => seen.messages.some(({ data }) => data.title === title));
  });

  it("pings whoever has nothing to be told", async () => {
    const { serve } = await served({ tickMs: 10, keepAliveMs: 20 });
    const { seen } = await join(serve.url);
    await eventually("pings", () => seen.pings > 1);
    expect(seen.messages).toHaveLength(1);
  });

  it("closes on whoever talks, and lets go of who leaves", async () => {
    const { serve } = await served({ tickMs: 10, maxStreams: 1 });
    const { socket, seen } = await join(serve.url);
    socket.send("hello");
    await eventually("the close", () => seen.closed === 1_008);
    const talker = await eventually("room again", () => join(serve.url).catch(() => undefined));
    talker.socket.send("x".repeat(1_000));
    await eventually("the close", () => talker.seen.closed === 1_009);
    const last = await eventually("room again", () => join(serve.url).catch(() => undefined));
    last.socket.close();
    await eventually("the close", () => last.seen.closed !== 0);
    await eventually("room again", () => listen(serve.url).then(({ status }) => status === 200));
  });

  it("lets go of a client that does not answer the close", async () => {
    const { serve } = await served();
    const socket = connect({ port: serve.port, host: "127.0.0.1" });
    onTestFinished(() => {
      socket.destroy();
    });
    socket.write(`GET /v1/elections/demo/socket HTTP/1.1\r\nhost: localhost\r\n${handshake}\r\n`);
    let closed = false;
    socket.on("close", () => {
      closed = true;
    });
    socket.on("error", () => undefined);
    await new Promise((resolve) => socket.once("data", resolve));
    // An empty text message, masked as a client's has to be; nothing is said after it.
    socket.write(Buffer.of(0x81, 0x80, 1, 2, 3, 4));
    await eventually("its end", () => closed);
  });

  it("says good-bye at a stop", async () => {
    const { registry, view } = await served();
    const serve = await startServe({ registry, view, host: "127.0.0.1", port: 0 });
    const { seen } = await join(serve.url);
    await eventually("the snapshot", () => seen.messages.length === 1);
    await serve.stop();
    await eventually("the close", () => seen.closed === 1_012);
    expect(seen.messages[1]).toEqual({
      event: "closing",
      data: { reason: "shutting-down", retryMs: expect.any(Number) },
    });
  });

  it.each([
    ["/v1/elections/none/socket", handshake, 404, "unknown-election"],
    ["/v1/elections/demo/result", handshake, 404, "not-found"],
    ["/v1/elections/%/socket", handshake, 400, "bad-request"],
    ["/v1/elections/demo/socket", upgrade, 400, "bad-request"],
    ["/v1/elections/demo/socket", "", 400, "bad-request"],
    ["/v1/elections/none/socket", "", 404, "unknown-election"],
  ])("refuses %s as a problem", async (path, headers, status, code) => {
    const { serve } = await served();
    const [head, body] = (await answerTo(serve.port, path, headers)).split("\r\n\r\n");
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toContain("content-type: application/problem+json");
    expect(JSON.parse(body)).toMatchObject({ status, code });
  });

  it("refuses more than it is to hold", async () => {
    const { serve } = await served({ maxStreams: 1 });
    await join(serve.url);
    const answer = await answerTo(serve.port, "/v1/elections/demo/socket", handshake);
    expect(answer).toMatch(/^HTTP\/1.1 503 /);
    expect(answer).toContain('"code":"overloaded"');
  });
});
