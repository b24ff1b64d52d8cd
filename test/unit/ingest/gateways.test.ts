import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import type { Problem } from "../../../src/runtime/contracts/http/problem.js";
import type { RoleStatus } from "../../../src/runtime/contracts/http/status.js";
import { judgeGateway } from "../../../src/runtime/elections/gateways.js";
import { GatewayShares } from "../../../src/runtime/ingest/gateway-shares.js";
import { startIngest } from "../../../src/runtime/ingest/server.js";
import { systemClock } from "../../../src/runtime/time/clock.js";
import { eventually } from "../../helpers/temporary.js";
import { type Bench, batch, post, problemCode, startBench, vote } from "./support.js";

let bench: Bench | undefined;
afterEach(async () => {
  await bench?.stop();
  bench = undefined;
});

async function start() {
  const own = await startBench();
  bench = own;
  await own.election("lunch");
  await own.election("dinner");
  return own;
}

const lines = (...voters: string[]) =>
  voters.map((voter) => `{"voter":"${voter}","choice":"soup"}\n`).join("");

const judge = ({ engine }: Bench, gateway: string, suspended: boolean) =>
  judgeGateway(
    engine,
    "lunch",
    { gateway, suspended, reason: "test" },
    { by: "ada", at: Date.now() },
  );

const ballotsIn = async (own: Bench, election: string) =>
  (await own.frames(election)).reduce((sum, { ballotCount }) => sum + ballotCount, 0);

describe("a suspended gateway", () => {
  it("is refused by every ingest, for this election alone, until it is let in again", async () => {
    const own = await start();
    const other = await startIngest({ ...own.engine, host: "127.0.0.1", port: 0 });
    try {
      const gate = own.token("gate", "gateway");
      const send = (base: string, token = gate, election = "lunch") =>
        post(`${base}/v1/elections/${election}/ballots:batch`, {
          ...{ token, type: "application/x-ndjson", body: lines("w1", "w2") },
        });
      const urls = [own.ingest.url, other.url];
      for (const url of urls) expect((await send(url)).status).toBe(200);
      await judge(own, "gate", true);
      for (const url of urls) {
        const refused = await eventually("refused", async () => {
          const answer = await send(url);
          return answer.status === 403 && answer;
        });
        expect(await problemCode(refused.clone())).toBe("403 gateway-suspended");
        expect(((await refused.json()) as Problem).hint).toContain("Nothing of this batch");
      }
      const before = await ballotsIn(own, "lunch");
      for (const url of urls) expect((await send(url)).status).toBe(403);
      expect(await ballotsIn(own, "lunch")).toBe(before);
      expect((await send(own.ingest.url, gate, "dinner")).status).toBe(200);
      expect((await send(own.ingest.url, own.token("gate-2", "gateway"))).status).toBe(200);
      // A voter of that name is nobody's gateway.
      const body = '{"choice":"soup"}';
      expect((await vote(own, "lunch", { token: own.token("gate"), body })).status).toBe(202);
      await judge(own, "gate", false);
      for (const url of urls) {
        await eventually("let in", async () => (await send(url)).status === 200);
      }
    } finally {
      await other.stop();
    }
  });
});

it.each(["studio\u202e", "studio\u2066", "stu\u2028dio", "stu\u2029dio", " ", "a\ud800"])(
  "has a name by which it can be suspended, not %j",
  async (name) => {
    const own = await start();
    const answer = await batch(own, "lunch", {
      ...{ token: own.token(name, "gateway"), body: lines("w1") },
    });
    expect(await problemCode(answer)).toBe("401 invalid-token");
    expect(await ballotsIn(own, "lunch")).toBe(0);
    await expect(judge(own, name, true)).rejects.toMatchObject({ code: "invalid-election" });
  },
);

it("is refused before its batch is read, so that it keeps no memory taken", async () => {
  // By a clock that stands still, what ingest knows of an election stays fresh.
  let aheadMs = 0;
  const began = systemClock.now();
  const own = await startBench({ clock: { ...systemClock, now: () => began + aheadMs } });
  bench = own;
  await own.election("lunch");
  expect((await batch(own, "lunch", { body: lines("w1") })).status).toBe(200);
  await judge(own, "gate", true);
  aheadMs += 1_000;
  expect((await batch(own, "lunch", { body: lines("w1") })).status).toBe(403);
  const announced = request(`${own.ingest.url}/v1/elections/lunch/ballots:batch`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${own.token("gate", "gateway")}`,
      "content-type": "application/x-ndjson",
      "content-length": 4_000_000,
    },
  });
  announced.on("error", () => undefined);
  announced.flushHeaders();
  const [answer] = (await once(announced, "response")) as [IncomingMessage];
  expect(answer.statusCode).toBe(403);
  announced.destroy();
});

describe("a gateway's share", () => {
  it("is what was acknowledged to it, and not what was refused", async () => {
    const own = await start();
    const status = async () =>
      (await (await fetch(`${own.ingest.url}/statusz`)).json()) as RoleStatus<"ingest">;
    expect(await status()).not.toHaveProperty("gateways");
    const studio = own.token("studio", "gateway");
    await batch(own, "lunch", { body: lines("w1", "w2", "w3") });
    await batch(own, "lunch", { token: studio, body: `${lines("w4")}no ballot\n` });
    await batch(own, "dinner", { token: studio, body: lines("w5") });
    await batch(own, "nowhere", { token: own.token("lost", "gateway"), body: lines("w6") });
    expect((await status()).gateways).toEqual([
      { gateway: "gate", acknowledged: 3 },
      { gateway: "studio", acknowledged: 2 },
    ]);
  });

  it("is counted by name for the first 64, and for the others together", () => {
    const shares = new GatewayShares();
    for (let n = 0; n < 100; n++) shares.add(`gate-${n}`, n);
    shares.add("gate-63", 1);
    const { all } = shares;
    expect(all).toHaveLength(65);
    expect(all[63]).toEqual({ gateway: "gate-63", acknowledged: 64 });
    const sum = (99 * 100) / 2 - (63 * 64) / 2;
    expect(all[64]).toEqual({ gateway: "", acknowledged: sum });
  });
});
