import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { VoteError } from "../../../src/runtime/core/errors.js";
import {
  addProbes,
  createHttpServer,
  type HttpServer,
  type HttpServerOptions,
} from "../../../src/runtime/http/server.js";

const running: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop(undefined, 100)));
});

async function start(options: HttpServerOptions = {}, notReady?: VoteError) {
  const server = createHttpServer(options);
  running.push(server);
  server.app.get("/things/:id", async () => ({ ok: true }));
  server.app.post("/things/:id/parts::batch", async (request) => request.body);
  server.app.get("/breaks", async () => {
    throw new Error("the secret is 42");
  });
  addProbes(server, () => {
    if (notReady !== undefined) throw notReady;
  });
  return { server, ...(await server.listen({ host: "127.0.0.1", port: 0 })) };
}

async function problem(response: Response) {
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const body = (await response.json()) as Record<string, unknown>;
  expect(body.type).toBe(`urn:vote:error:${body.code}`);
  expect(body.status).toBe(response.status);
  expect(body.title).toEqual(expect.any(String));
  expect(body.detail).toEqual(expect.any(String));
  return body;
}

function post(url: string, body: string, type?: string) {
  const headers: Record<string, string> = type === undefined ? {} : { "content-type": type };
  return fetch(url, { method: "POST", body: Buffer.from(body), headers });
}

/** Sends bytes as they are and returns everything that comes back until the connection closes. */
function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}

describe("createHttpServer", () => {
  it("answers a wrong address with 404 and a wrong method with 405", async () => {
    const { url } = await start();
    expect((await problem(await fetch(`${url}/nowhere`))).code).toBe("not-found");
    const wrong = await fetch(`${url}/things/1?a=b`, { method: "DELETE" });
    expect(wrong.headers.get("allow")).toBe("GET, HEAD");
    expect((await problem(wrong)).code).toBe("method-not-allowed");
    const batch = await fetch(`${url}/things/1/parts:batch`);
    expect(batch.headers.get("allow")).toBe("POST");
    expect(batch.status).toBe(405);
    expect((await fetch(`${url}/things/1/partsxbatch`)).status).toBe(404);
    const typed = await post(`${url}/nowhere`, "x", "text/x-unknown");
    expect((await problem(typed)).code).toBe("not-found");
  });

  it("refuses bodies that are malformed, too large or of no supported type", async () => {
    const { url } = await start({ maxBodyBytes: 64 });
    const at = `${url}/things/1/parts:batch`;
    expect((await problem(await post(at, "{", "application/json"))).code).toBe("malformed-json");
    expect((await problem(await post(at, "", "application/json"))).code).toBe("malformed-json");
    expect((await problem(await post(at, "a=b", "text/x"))).code).toBe("unsupported-media-type");
    expect((await problem(await post(at, "a=b"))).code).toBe("unsupported-media-type");
    const large = await post(at, JSON.stringify("x".repeat(64)), "application/json");
    expect((await problem(large)).status).toBe(413);
  });

  it("tells an unexpected error's cause to the log and not to the client", async () => {
    const seen: unknown[] = [];
    const { url } = await start({ onUnexpected: (error) => seen.push(error) });
    const body = await problem(await fetch(`${url}/breaks`));
    expect(body.code).toBe("internal-error");
    expect(JSON.stringify(body)).not.toContain("42");
    expect(String(seen[0])).toContain("the secret is 42");
  });

  it("answers bytes that are not HTTP, a bad URL and late headers with problem+json", async () => {
    const { url, port } = await start();
    const garbage = await raw(port, "\u0001\u0002 hello\r\n\r\n");
    expect(garbage).toMatch(/^HTTP\/1\.1 400 /);
    expect(garbage).toContain("application/problem+json");
    expect(JSON.parse(garbage.split("\r\n\r\n")[1]).code).toBe("bad-request");
    // A server of its own: it would call anybody late whom a busy machine holds up.
    const hasty = await start({ headersTimeoutMs: 50, requestTimeoutMs: 100 });
    const late = await raw(hasty.port, "GET /livez HTTP/1.1\r\nhost: x\r\n");
    expect(late).toMatch(/^HTTP\/1\.1 408 .*"code":"request-timeout"/s);
    expect(late).toContain("did not arrive in time");
    expect((await problem(await fetch(`${url}/things/%zz`))).code).toBe("bad-request");
  });

  it("names a port in use, and an address that is not ours", async () => {
    const { port } = await start();
    const other = createHttpServer();
    running.push(other);
    await expect(other.listen({ host: "127.0.0.1", port })).rejects.toMatchObject({
      code: "port-in-use",
      exitCode: 2,
    });
    const elsewhere = createHttpServer();
    running.push(elsewhere);
    await expect(elsewhere.listen({ host: "192.0.2.1", port: 0 })).rejects.toMatchObject({
      code: "invalid-usage",
    });
  });

  it("probes: live always, ready unless something is wrong", async () => {
    const { url } = await start();
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const broken = await start({}, new VoteError("log-unavailable", "The log is full."));
    const answer = await fetch(`${broken.url}/readyz`);
    expect(answer.headers.get("retry-after")).toBe("1");
    expect((await problem(answer)).code).toBe("log-unavailable");
  });

  it("stop answers what is waiting, says not ready, and lets nobody new in", async () => {
    const server = createHttpServer();
    let release: () => void = () => {};
    let arrived: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const waiting = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    server.app.get("/slow", async () => {
      arrived();
      await gate;
      return { done: true };
    });
    const { url } = await server.listen({ host: "127.0.0.1", port: 0 });
    const slow = fetch(`${url}/slow`);
    await waiting;
    const stopped = server.stop(async () => release());
    expect(server.draining).toBe(true);
    expect(await (await slow).json()).toEqual({ done: true });
    await stopped;
    await expect(fetch(`${url}/slow`)).rejects.toThrow();
  });
});
