import { createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { HttpConnection } from "../../../../../src/runtime/load/send/http/http-connection.js";
import { postRequest } from "../../../../../src/runtime/load/send/http/http-message.js";
import { targetAddress } from "../../../../../src/runtime/load/send/http/http-target.js";

let server: Server | undefined;
let connection: HttpConnection | undefined;
const sockets = new Set<Socket>();

afterEach(() => {
  connection?.close();
  for (const socket of sockets) socket.destroy();
  server?.close();
});

/** A connection to a server that does this with each request it gets, in pieces as they come. */
async function connectTo(
  answer: (socket: Socket, request: string, number: number) => void,
  timeoutMs = 5_000,
): Promise<HttpConnection> {
  let number = 0;
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (chunk) => answer(socket, chunk.toString(), number++));
  });
  const listening = new Promise<void>((resolve) => server?.once("listening", resolve));
  server.listen(0, "127.0.0.1");
  await listening;
  const port = (server.address() as { port: number }).port;
  connection = new HttpConnection(targetAddress({ url: `http://127.0.0.1:${port}` }), timeoutMs);
  return connection;
}

const answerOf = (body: string, headers = "") =>
  `HTTP/1.1 202 Accepted\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
const request = "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n";

describe("HttpConnection", () => {
  it("sends one request after the other over one connection", async () => {
    const client = await connectTo((socket, _request, number) => {
      socket.write(answerOf(`answer ${number}`));
    });
    for (const number of [0, 1, 2]) {
      expect(await client.send(request)).toEqual({ status: 202, body: `answer ${number}` });
    }
    expect(sockets.size).toBe(1);
  });

  it("puts an answer together from whatever pieces it comes in", async () => {
    const client = await connectTo((socket) => {
      const pieces = Buffer.from(answerOf("ä whole answer"));
      socket.setNoDelay(true);
      let at = 0;
      const next = () => {
        if (at >= pieces.length) return;
        socket.write(pieces.subarray(at, at + 3));
        at += 3;
        setImmediate(next);
      };
      next();
    });
    expect((await client.send(request)).body).toBe("ä whole answer");
    expect((await client.send(request)).body).toBe("ä whole answer");
  });

  it("connects again when the server ends the connection with its answer", async () => {
    const before = sockets.size;
    const client = await connectTo((socket) => {
      socket.end(answerOf("last", "Connection: close\r\n"));
    });
    expect((await client.send(request)).body).toBe("last");
    expect((await client.send(request)).body).toBe("last");
    expect(sockets.size).toBe(before + 2);
  });

  it.each([
    ["the connection is lost", (socket: Socket) => socket.destroy()],
    ["half an answer comes", (socket: Socket) => socket.end("HTTP/1.1 202 Accepted\r\nCont")],
    ["the length is missing", (socket: Socket) => socket.write("HTTP/1.1 202 OK\r\n\r\n")],
    ["it is not HTTP", (socket: Socket) => socket.write("hello\r\nContent-Length: 0\r\n\r\n")],
    ["no answer comes", () => {}],
  ])("rejects when %s, and works again after it", async (_name, fail) => {
    const client = await connectTo((socket, _request, number) => {
      if (number === 0) fail(socket);
      else socket.write(answerOf("well"));
    }, 100);
    await expect(client.send(request)).rejects.toThrow();
    expect((await client.send(request)).body).toBe("well");
  });

  it("rejects when nobody listens", async () => {
    const client = await connectTo(() => {});
    await new Promise((resolve) => server?.close(resolve));
    await expect(client.send(request)).rejects.toThrow();
  });
});

describe("postRequest", () => {
  it("is a whole HTTP/1.1 request, its length in bytes", () => {
    const address = targetAddress({ url: "http://[::1]:4000" });
    expect(postRequest(address, "/v1/x", "A: b\r\n", "ä")).toBe(
      "POST /v1/x HTTP/1.1\r\nHost: [::1]:4000\r\nA: b\r\nContent-Length: 2\r\n\r\nä",
    );
  });
});

describe("targetAddress", () => {
  it.each([
    ["http://127.0.0.1:4000", "127.0.0.1", 4_000],
    ["http://localhost", "localhost", 80],
    ["http://[::1]:4000/", "::1", 4_000],
    ["http://127.9.9.9:1", "127.9.9.9", 1],
    ["https://127.0.0.1", "127.0.0.1", 443],
    ["https://localhost:4443", "localhost", 4_443],
  ])("takes %s", (url, host, port) => {
    expect(targetAddress({ url })).toMatchObject({ host, port });
  });

  it.each([
    "http://example.org",
    "http://10.0.0.1:4000",
    "http://127.0.0.1.example.org",
    "https://example.org",
    "ftp://127.0.0.1",
    "127.0.0.1:4000",
    "",
  ])("refuses %j", (url) => {
    expect(() => targetAddress({ url })).toThrowError(
      expect.objectContaining({ code: "invalid-usage" }),
    );
  });
});
