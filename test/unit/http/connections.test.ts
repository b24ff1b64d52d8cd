import { once } from "node:events";
import type { Socket } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { addressGroup } from "../../../src/runtime/http/connections/address-counts.js";
import {
  createHttpServer,
  type HttpServer,
  type HttpServerOptions,
} from "../../../src/runtime/http/server.js";
import { openIdle, sendRaw } from "../../helpers/attack/raw-client.js";

const running: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop(undefined, 100)));
});

/** A server that echoes numbers: at once, or at `release`. */
async function start(options: HttpServerOptions = {}, waits = false) {
  const server = createHttpServer(options);
  running.push(server);
  const begun: string[] = [];
  let release: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  if (!waits) release();
  server.app.get<{ Params: { n: string } }>("/echo/:n", async (request) => {
    begun.push(request.params.n);
    await gate;
    return `<${request.params.n}>`;
  });
  server.app.post<{ Body: { text: string } }>("/length", async (request) => {
    begun.push("body");
    return `<${request.body.text.length}>`;
  });
  server.app.get("/large", async () => Buffer.alloc(16 * 2 ** 20));
  const { url, port } = await server.listen({ host: "127.0.0.1", port: 0 });
  return { url, port, server, begun, release };
}

const get = (path: string, last = false) =>
  `GET ${path} HTTP/1.1\r\nhost: x\r\n${last ? "connection: close\r\n" : ""}\r\n`;
const echoes = (count: number) =>
  Array.from({ length: count }, (_, n) => get(`/echo/${n}`, n === count - 1)).join("");
/** Not a measure: on a busy machine everything takes longer. */
const boundMs = 15_000;

const bodiesOf = (answers: string) => [...answers.matchAll(/<(\d+)>/g)].map(([, n]) => Number(n));
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

/** The server paces connections, for a minute, once somebody has pipelined. */
async function startPacing(options: HttpServerOptions = {}, waits = false) {
  const scene = await start(options, waits);
  await sendRaw(scene.port, get("/nowhere").repeat(20) + get("/nowhere", true));
  return scene;
}

describe("a connection with many requests at once", () => {
  it("has 32 without an answer and a slice more, and gets all answers in order", async () => {
    const { port, begun, release } = await startPacing({}, true);
    const answers = sendRaw(port, echoes(2_000));
    await vi.waitFor(() => expect(begun.length).toBeGreaterThanOrEqual(32), boundMs);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(begun.length).toBeLessThan(32 + 1_024 / get("/echo/0").length);
    release();
    expect(bodiesOf(await answers)).toEqual(upTo(2_000));
  });

  it("is not late while nothing is read from it", async () => {
    const { port, begun, release } = await startPacing({ headersTimeoutMs: 100 }, true);
    const requests = echoes(33);
    const client = await openIdle(port);
    let answers = "";
    client.on("data", (chunk) => {
      answers += chunk;
    });
    client.write(requests.slice(0, -10));
    await vi.waitFor(() => expect(begun.length).toBe(32), boundMs);
    // Node looks twice for what is late.
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    client.write(requests.slice(-10));
    release();
    await once(client, "close");
    expect(bodiesOf(answers)).toEqual(upTo(33));
  });

  it("is paced from its second read on, with all that are open, when it is the first", async () => {
    const { port, begun, release } = await start({}, true);
    const answers = sendRaw(port, echoes(8_000));
    await vi.waitFor(() => expect(begun.length).toBeGreaterThanOrEqual(32), boundMs);
    await new Promise((resolve) => setTimeout(resolve, 100));
    // A read holds 64 KiB.
    expect(begun.length).toBeLessThan((2 * 65_536) / get("/echo/1000").length);
    release();
    expect(bodiesOf(await answers)).toEqual(upTo(8_000));
  });

  it("gets all answers when it is the first, and they are more than are written", async () => {
    const { port } = await start();
    const answers = await sendRaw(port, get("/nowhere").repeat(3_999) + get("/nowhere", true));
    expect(answers.match(/HTTP\/1.1 404/g)?.length).toBe(4_000);
  });

  it("takes turns with the others", async () => {
    const { port, begun, release } = await startPacing({}, true);
    // The second half of the numbers belongs to another connection.
    const another = Array.from({ length: 1_500 }, (_, n) => get(`/echo/${2_000 + n}`, n === 1_499));
    const answers = [sendRaw(port, echoes(1_500)), sendRaw(port, another.join(""))];
    const begunOf = (first: number) => begun.filter((n) => +n >= first && +n < first + 1_500);
    await vi.waitFor(() => expect(begunOf(0).length).toBeGreaterThanOrEqual(32), boundMs);
    await vi.waitFor(() => expect(begunOf(2_000).length).toBeGreaterThanOrEqual(32), boundMs);
    release();
    expect((await Promise.all(answers)).map(bodiesOf)).toEqual([
      upTo(1_500),
      upTo(1_500).map((n) => 2_000 + n),
    ]);
    const middle = begun.slice(500, 1_500);
    expect(middle.filter((n) => +n < 2_000).length).toBeGreaterThan(250);
    expect(middle.filter((n) => +n >= 2_000).length).toBeGreaterThan(250);
  });

  it("is understood wherever its bytes are cut", async () => {
    const { port } = await startPacing({ maxBodyBytes: 2 ** 20 });
    const post = (length: number) => {
      const body = JSON.stringify({ text: "x".repeat(length) });
      const head = `POST /length HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n`;
      const chunk = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
      return length % 2 === 0
        ? `${head}content-length: ${body.length}\r\n\r\n${body}`
        : `${head}transfer-encoding: chunked\r\n\r\n${chunk}`;
    };
    const lengths = [0, 1, 900, 1_023, 1_024, 70_000, 70_001, 3, 500_000, 500_001, 10, 11];
    const requests = lengths.flatMap((length) => [post(length), get(`/echo/${length}`)]);
    const answers = await sendRaw(port, requests.join("") + get("/echo/9", true));
    expect(bodiesOf(answers)).toEqual([...lengths.flatMap((length) => [length, length]), 9]);
  });

  it("is cut off when it does not read its answers", async () => {
    const { port, server } = await start({ unreadTimeoutMs: 100 });
    const accepted = once(server.app.server, "connection") as Promise<[Socket]>;
    const client = await openIdle(port);
    client.pause();
    client.write(get("/large").repeat(100));
    const [socket] = await accepted;
    await once(socket, "close");
    client.destroy();
  });
});

describe("connections", () => {
  it("are bounded in all, and each address has its own bound", async () => {
    for (const limits of [{ maxConnections: 3 }, { maxConnectionsPerAddress: 3 }]) {
      const { port, server } = await start(limits);
      const open = await Promise.all([openIdle(port), openIdle(port), openIdle(port)]);
      const fourth = await openIdle(port);
      await once(fourth, "close");
      expect(server.refused.asRecord()).toEqual({ overloaded: 1 });
      open[0].destroy();
      await vi.waitFor(
        async () => expect(await sendRaw(port, get("/echo/1", true))).toContain("200"),
        boundMs,
      );
      for (const socket of open) socket.destroy();
    }
  });

  it.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:db8::6", "2001:db8:0:0"],
    ["fe80::1%eth0", "fe80:0:0:0"],
    ["::1", "0:0:0:0"],
  ])("count %s as %s", (address, group) => {
    expect(addressGroup(address)).toBe(group);
  });
});

describe("headers that mean two things, or that nobody here carries out", () => {
  const head = "POST /length HTTP/1.1\r\n";
  const rest = "content-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
  it.each([
    ["two hosts", `${head}host: a\r\nhost: b\r\n${rest}`, "400", "bad-request"],
    ["no host", `${head}${rest}`, "400", "bad-request"],
    [
      "two tokens",
      `${head}host: a\r\nauthorization: Bearer a\r\nAuthorization: Bearer b\r\n${rest}`,
      "400",
      "bad-request",
    ],
    [
      "a second transfer coding",
      `${head}host: a\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
      "400",
      "bad-request",
    ],
    [
      "a compressed body",
      `${head}host: a\r\ncontent-encoding: gzip\r\n${rest}`,
      "415",
      "unsupported-media-type",
    ],
    ["an expectation", `${head}host: a\r\nexpect: wonders\r\n${rest}`, "417", "expectation-failed"],
    [
      "a tunnel",
      "CONNECT example.org:443 HTTP/1.1\r\nhost: example.org\r\n\r\n",
      "400",
      "bad-request",
    ],
  ])("%s: a problem, and the connection is closed", async (_, bytes, status, code) => {
    const { port, begun } = await start();
    const [top, body] = (await sendRaw(port, bytes)).split("\r\n\r\n");
    expect(top).toContain(`HTTP/1.1 ${status} `);
    expect(top).toContain("content-type: application/problem+json");
    expect(JSON.parse(body)).toMatchObject({ code, status: Number(status) });
    expect(begun).toEqual([]);
  });
});
