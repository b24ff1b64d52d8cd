import { afterEach, describe, expect, it } from "vitest";
import { createHttpServer, type HttpServer } from "../../../src/runtime/http/server.js";
import { sendRaw } from "../../helpers/attack/raw-client.js";

const running: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop(undefined, 100)));
});

/** A server that notes each request that it carries out. */
async function start() {
  const server = createHttpServer();
  running.push(server);
  const begun: string[] = [];
  server.app.post("/outer", async () => begun.push("outer"));
  server.app.get("/hidden", async () => begun.push("hidden"));
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  return { port, begun };
}

const outer = "POST /outer HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
const hidden = "GET /hidden HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
/** A whole chunked body, and behind it what only one of two readers takes for a request. */
const chunked = `0\r\n\r\n${hidden}`;

const inChunks = "transfer-encoding: chunked\r\n\r\n";

/** Two servers in a row might find different ends of each of these. */
const ambiguous: Readonly<Record<string, string>> = {
  "a length and chunks": `content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n${chunked}`,
  "chunks and a length": `transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n${chunked}`,
  "two lengths": `content-length: 2\r\ncontent-length: 50\r\n\r\n{}${hidden}`,
  "the same length twice": `content-length: 2\r\ncontent-length: 2\r\n\r\n{}${hidden}`,
  "a list of lengths": `content-length: 2, 50\r\n\r\n{}${hidden}`,
  "a length with a sign": `content-length: +2\r\n\r\n{}${hidden}`,
  "a negative length": `content-length: -2\r\n\r\n{}${hidden}`,
  "a hexadecimal length": `content-length: 0x2\r\n\r\n{}${hidden}`,
  "a length beyond 64 bits": `content-length: 18446744073709551618\r\n\r\n{}${hidden}`,
  "a space before the colon": `transfer-encoding : chunked\r\n\r\n${chunked}`,
  "a folded coding": `transfer-encoding:\r\n chunked\r\ncontent-length: 5\r\n\r\n${chunked}`,
  "a folded length": `x-any: 1\r\n content-length: 2\r\ncontent-length: 5, 2\r\n\r\n{}${hidden}`,
  "another coding": `transfer-encoding: xchunked\r\n\r\n${chunked}`,
  "chunks twice": `transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n${chunked}`,
  "chunks before another": `transfer-encoding: chunked, identity\r\n\r\n${chunked}`,
  "a bare line feed": `x-any: 1\ntransfer-encoding: chunked\r\n\r\n${chunked}`,
  "a bare carriage return": `x-any: 1\rtransfer-encoding: chunked\r\n\r\n${chunked}`,
  "a chunk's size beyond 64 bits": `${inChunks}10000000000000002\r\n{}\r\n${chunked}`,
  "a chunk's size with a sign": `${inChunks}+2\r\n{}\r\n${chunked}`,
  "a chunk without its end": `${inChunks}2\r\n{}${chunked}`,
};

describe("a request whose end is not certain", () => {
  it.each(Object.entries(ambiguous))(
    "%s: refused once, nothing is carried out, and the end",
    async (_, rest) => {
      const { port, begun } = await start();
      const answer = await sendRaw(port, outer + rest);
      expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 400"]);
      expect(begun).toEqual([]);
    },
  );
});

describe("a request in the body of another", () => {
  it("is its body, and is not carried out", async () => {
    const { port, begun } = await start();
    const head = `${outer}connection: close\r\ncontent-length: ${hidden.length}\r\n\r\n`;
    expect((await sendRaw(port, head + hidden)).match(/HTTP\/1\.1 \d+/g)).toHaveLength(1);
    expect(begun).not.toContain("hidden");
  });

  it("is one of its own behind the body, with its own answer", async () => {
    const { port, begun } = await start();
    const answer = await sendRaw(port, `${outer}content-length: 2\r\n\r\n{}${hidden}`);
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 200"]);
    expect(begun.sort()).toEqual(["hidden", "outer"]);
  });
});
