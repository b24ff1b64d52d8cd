import { once } from "node:events";
import { Agent, createServer as createHttpServer, request } from "node:http";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { FaultProxy } from "../../../../src/runtime/chaos/proxy/fault-proxy.js";
import { type Dialect, dynamoDialect } from "../../../../src/runtime/chaos/proxy/wire-dialects.js";
import { eventually } from "../../../helpers/temporary.js";

/** A line is a request or an answer; its first word is the name. */
const lines: Dialect = {
  request(bytes) {
    const end = bytes.indexOf("\n");
    if (end === -1) return undefined;
    const name = bytes.subarray(0, end).toString().split(" ")[0];
    return { name, bytes: end + 1, opensStream: name === "stream" };
  },
  answer(bytes) {
    const end = bytes.indexOf("\n");
    return end === -1 ? undefined : end + 1;
  },
};

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** A server that says "done: REQUEST" to each line, and what it has been sent. */
async function site(seed = 1) {
  const received: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let rest = "";
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      const parts = (rest + chunk.toString()).split("\n");
      rest = parts.pop() ?? "";
      for (const part of parts) {
        received.push(part);
        socket.write(`done: ${part}\n`);
      }
    });
  });
  const target = await listening(server);
  const proxy = await FaultProxy.start({ target, dialect: lines, seed });
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await proxy.close();
  });
  return { proxy, received, server, sockets };
}

/** A connection to the proxy: what came back, and whether it is over. */
function client(port: number) {
  const socket = connect(port, "127.0.0.1");
  const seen = { text: "", closed: false, error: "" };
  socket.on("data", (chunk) => {
    seen.text += chunk.toString();
  });
  socket.on("error", ({ message }) => {
    seen.error = message;
  });
  socket.on("close", () => {
    seen.closed = true;
  });
  onTestFinished(() => void socket.destroy());
  return { seen, send: (text: string) => void socket.write(text), end: () => void socket.end() };
}

it("passes requests and answers through, in whatever pieces they come", async () => {
  const { proxy, received } = await site();
  const { seen, send, end } = client(proxy.port);
  send("one\ntw");
  await eventually("the first answer", () => seen.text === "done: one\n");
  send("o\nthree\n");
  await eventually("the answers", () => seen.text === "done: one\ndone: two\ndone: three\n");
  end();
  await eventually("the end", () => seen.closed);
  expect(received).toEqual(["one", "two", "three"]);
  expect([seen.error, proxy.injections]).toEqual(["", 0]);
});

it("lets the server apply a request, drops the answer and cuts the connection", async () => {
  const { proxy, received } = await site();
  proxy.applyAndDropAnswer(1, /^put$/);
  const { seen, send } = client(proxy.port);
  send("get\n");
  await eventually("the answer to what is left alone", () => seen.text === "done: get\n");
  send("put 1\n");
  await eventually("the cut", () => seen.closed);
  expect(received).toEqual(["get", "put 1"]);
  expect(seen).toMatchObject({ text: "done: get\n", error: expect.stringContaining("ECONNRESET") });
  expect(proxy.injections).toBe(1);
});

it("cuts in the middle of a request, so that the server never gets the whole", async () => {
  const { proxy, received } = await site();
  proxy.cut(1);
  const { seen, send } = client(proxy.port);
  send("put 1\n");
  await eventually("the cut", () => seen.closed);
  proxy.pass();
  const second = client(proxy.port);
  second.send("put 2\n");
  await eventually("the answer", () => second.seen.text === "done: put 2\n");
  expect(received).toEqual(["put 2"]);
  expect([seen.text, proxy.injections]).toEqual(["", 1]);
});

it("hits the share it was told to, the same requests for the same seed", async () => {
  const hits = async (seed: number) => {
    const { proxy, received } = await site(seed);
    proxy.answerInstead(Buffer.from("busy\n"), 0.5, /^put$/);
    const { seen, send } = client(proxy.port);
    for (let n = 0; n < 200; n++) send(`put ${n}\n`);
    await eventually("the answers", () => seen.text.split("\n").length === 201);
    const busy = seen.text.split("\n").flatMap((line, n) => (line === "busy" ? [n] : []));
    expect(busy.length).toBe(proxy.injections);
    expect(received.length).toBe(200 - busy.length);
    // In order, whoever gave the answer.
    const others = seen.text.split("\n").filter((line) => line.startsWith("done"));
    expect(others).toEqual(received.map((line) => `done: ${line}`));
    return busy;
  };
  const first = await hits(7);
  expect(first.length).toBeGreaterThan(60);
  expect(first.length).toBeLessThan(140);
  expect(await hits(7)).toEqual(first);
  expect(await hits(8)).not.toEqual(first);
});

it("delays and throttles without losing or reordering anything", async () => {
  const { proxy, received } = await site();
  const { seen, send } = client(proxy.port);
  proxy.delay(40);
  send("one\n");
  send("two\n");
  await eventually("the requests", () => received.length === 2);
  proxy.throttle(2_000);
  send("three\n");
  proxy.pass();
  send("four\n");
  await eventually("all four", () => seen.text.split("\n").length === 5);
  expect(received).toEqual(["one", "two", "three", "four"]);
  expect(seen.text).toBe(received.map((line) => `done: ${line}\n`).join(""));
  expect(proxy.injections).toBe(2);
});

it("refuses: resets connections, old and new, until it passes again", async () => {
  const { proxy } = await site();
  const before = client(proxy.port);
  before.send("one\n");
  await eventually("an answer", () => before.seen.text !== "");
  proxy.refuse();
  await eventually("the reset", () => before.seen.closed);
  const during = client(proxy.port);
  await eventually("the refusal", () => during.seen.closed);
  expect(during.seen.text).toBe("");
  proxy.pass();
  const after = client(proxy.port);
  after.send("two\n");
  await eventually("an answer again", () => after.seen.text === "done: two\n");
});

it("refuses connections while the server does, and takes them again when it is back", async () => {
  const { proxy, server, sockets } = await site();
  server.close();
  for (const socket of sockets) socket.destroy();
  const refused = async () => {
    const { seen } = client(proxy.port);
    await eventually("the end", () => seen.closed);
    return seen.error.includes("ECONNREFUSED");
  };
  await eventually("a refusal", refused);
  server.listen(proxy.target, "127.0.0.1");
  await eventually("no refusal", async () => {
    const { seen, send } = client(proxy.port);
    send("one\n");
    await eventually("an answer or the end", () => seen.text !== "" || seen.closed);
    return seen.text === "done: one\n";
  });
});

it("ends a client's connection when the server does, after all that was said", async () => {
  const { proxy, sockets } = await site();
  const { seen, send } = client(proxy.port);
  send("one\n");
  await eventually("an answer", () => seen.text === "done: one\n");
  for (const socket of sockets) socket.end("unasked\n");
  await eventually("the end", () => seen.closed);
});

it("leaves streams alone: what comes there answers nothing", async () => {
  const { proxy, sockets } = await site();
  proxy.applyAndDropAnswer(1, /^put$/);
  const { seen, send } = client(proxy.port);
  send("stream\n");
  await eventually("the answer", () => seen.text === "done: stream\n");
  for (const socket of sockets) socket.write("news\nmore ");
  await eventually("the news", () => seen.text.endsWith("news\nmore "));
});

it("answers half of one HTTP call in the server's place, and passes the others", async () => {
  const received: string[] = [];
  const server = createHttpServer(async (incoming, outgoing) => {
    let body = "";
    for await (const chunk of incoming) body += chunk;
    received.push(body);
    // Without a length, Node sends it in chunks.
    outgoing.write("{");
    outgoing.end("}");
  });
  const proxy = await FaultProxy.start({
    target: await listening(server),
    dialect: dynamoDialect,
    seed: 3,
  });
  onTestFinished(() => proxy.close());
  const refusal = '{"__type":"Throttled"}';
  const head = `HTTP/1.1 400 Bad Request\r\nContent-Length: ${refusal.length}\r\n\r\n`;
  proxy.answerInstead(Buffer.from(head + refusal), 0.5, /^PutItem$/);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const call = (name: string, body: string) =>
    new Promise<string>((resolve, reject) => {
      const headers = { "x-amz-target": `DynamoDB_20120810.${name}` };
      const options = { port: proxy.port, host: "127.0.0.1", method: "POST", headers, agent };
      const outgoing = request(options, async (incoming) => {
        let text = "";
        for await (const chunk of incoming) text += chunk;
        resolve(`${incoming.statusCode} ${text}`);
      });
      outgoing.on("error", reject).end(body);
    });
  const answers: string[] = [];
  for (let n = 0; n < 20; n++) answers.push(await call("PutItem", `put ${n}`));
  for (let n = 0; n < 5; n++) expect(await call("GetItem", `get ${n}`)).toBe("200 {}");
  const refused = answers.filter((answer) => answer === `400 ${refusal}`).length;
  expect(answers.filter((answer) => answer === "200 {}").length).toBe(20 - refused);
  expect([refused, received.length]).toEqual([proxy.injections, 25 - refused]);
  expect(refused).toBeGreaterThan(2);
});
