import { request } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { limitAddresses } from "../../../../src/runtime/http/limits/address-limit.js";
import {
  addProbes,
  createHttpServer,
  type HttpServer,
} from "../../../../src/runtime/http/server.js";
import { SteppedClock } from "../../../helpers/test-clock.js";

const running: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop(undefined, 100)));
});

async function start(trustedProxies: readonly string[], perSecond = 0) {
  const server = createHttpServer({ trustedProxies });
  running.push(server);
  const clock = new SteppedClock(0);
  limitAddresses(server, perSecond, clock);
  addProbes(server, () => {});
  server.app.get("/address", async (request) => server.addressOf(request.raw));
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  return { port, server, clock };
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: NodeJS.Dict<string | string[]>;
}

/** @param from the local address that it connects from */
function ask(port: number, forwarded?: string, path = "/address", from = "127.0.0.1") {
  const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
  const target = { port, path, headers, host: "127.0.0.1", localAddress: from };
  return new Promise<Answer>((resolve, reject) => {
    const sent = request(target, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
      });
      const { statusCode: status = 0, headers } = answer;
      answer.on("end", () => resolve({ status, text, headers }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

const long = Array.from({ length: 1_200 }, (_, n) => `9.9.${n >> 8}.${n & 255}`).join(", ");

describe("a client's address", () => {
  it.each([
    ["the connection's, without any", undefined, "127.0.0.1"],
    ["the proxy's client", "192.0.2.7", "192.0.2.7"],
    ["the last one, whatever the client had written before", "1.1.1.1, 192.0.2.7", "192.0.2.7"],
    ["the last that is no proxy", "1.1.1.1, 192.0.2.7, 10.1.2.3, 10.0.0.9", "192.0.2.7"],
    ["the first, if all are proxies", "10.7.7.7, 10.1.2.3", "10.7.7.7"],
    ["of version 6", "2001:db8::7", "2001:db8::7"],
    ["the proxy's own, if the last is none", "192.0.2.7, unknown", "127.0.0.1"],
    ["the proxy's own, if there is a port", "192.0.2.7:1234", "127.0.0.1"],
    ["the proxy's own, if it is empty", "", "127.0.0.1"],
    ["the last one of very many", `${long}, 192.0.2.7`, "192.0.2.7"],
  ])("behind a trusted proxy is %s", async (_, forwarded, address) => {
    const { port } = await start(["127.0.0.1", "10.0.0.0/8"]);
    expect((await ask(port, forwarded)).text).toBe(address);
  });

  it.each([[[]], [["10.0.0.0/8"]], [["127.0.0.9"]]])(
    "is the connection's when only %j are trusted, whatever it claims to be",
    async (trusted) => {
      const { port } = await start(trusted);
      for (const forwarded of ["192.0.2.7", "10.0.0.1", "127.0.0.9", "192.0.2.7, 10.0.0.1"]) {
        expect((await ask(port, forwarded)).text).toBe("127.0.0.1");
      }
    },
  );

  it.each(["10.0.0.0/99", "proxy.example", ""])('is not to be had of "%s"', (range) => {
    const hint = "Give addresses or ranges like 10.0.0.0/8, 2001:db8::/32, 192.0.2.7 or loopback.";
    expect(() => createHttpServer({ trustedProxies: [range] })).toThrow(
      expect.objectContaining({ code: "invalid-usage", hint }),
    );
  });
});

describe("requests of one address", () => {
  it("are limited, before anything is read of them, and told when to come back", async () => {
    const { port, server, clock } = await start([], 5);
    const statuses = async (count: number) => {
      const all = await Promise.all(Array.from({ length: count }, () => ask(port)));
      return all.map(({ status }) => status).sort();
    };
    expect(await statuses(13)).toEqual([...Array(10).fill(200), 429, 429, 429]);
    const { headers, text } = await ask(port);
    expect(headers).toMatchObject({
      "content-type": "application/problem+json",
      "retry-after": "1",
      "ratelimit-policy": '"address";q=10;w=2',
      ratelimit: '"address";r=0;t=2',
    });
    expect(JSON.parse(text)).toMatchObject({
      code: "too-many-requests",
      detail: "This address sends more than 5 requests a second.",
    });
    // Another address has a quota of its own, and whoever watches over the server needs none.
    expect((await ask(port, undefined, "/address", "127.0.0.2")).status).toBe(200);
    for (const probe of ["/livez", "/readyz"])
      expect((await ask(port, undefined, probe)).status).toBe(200);
    expect(server.refused.asRecord()).toEqual({ "too-many-requests": 4 });
    clock.moveTo(1_000);
    expect(await statuses(6)).toEqual([200, 200, 200, 200, 200, 429]);
  });

  it("are still one address's, whatever they claim to be", async () => {
    const { port } = await start(["10.0.0.0/8"], 5);
    let taken = 0;
    for (let n = 0; n < 30; n++) if ((await ask(port, `192.0.2.${n}`)).status === 200) taken++;
    expect(taken).toBe(10);
  });

  it("are each client's own behind a trusted proxy, whose /64 is one client", async () => {
    const { port } = await start(["127.0.0.1"], 5);
    const taken = async (address: (n: number) => string) => {
      let count = 0;
      for (let n = 0; n < 30; n++) if ((await ask(port, address(n))).status === 200) count++;
      return count;
    };
    expect(await taken((n) => `192.0.2.${n}`)).toBe(30);
    expect(await taken((n) => `2001:db8:0:1::${n}`)).toBe(10);
    expect(await taken((n) => `2001:db8:0:${2 + n}::1`)).toBe(30);
    // A client can write more before its address, but not behind it.
    expect(await taken((n) => `203.0.113.${n}, 198.51.100.1`)).toBe(10);
  });
});
