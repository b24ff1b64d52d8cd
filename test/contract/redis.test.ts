import { randomBytes } from "node:crypto";
import { connect, createServer, type Socket } from "node:net";
import { Redis } from "ioredis";
import { describe, expect, it, onTestFinished } from "vitest";
import { ViewPublisher } from "../../src/runtime/tally/view-publisher.js";
import type { PartitionView, View } from "../../src/runtime/view/port.js";
import { openRedisView } from "../../src/runtime/view/redis.js";
import { checkRedis } from "../../src/runtime/view/redis-settings.js";
import { useServices as withServices } from "../helpers/cluster/cluster.js";
import { realServers } from "../helpers/cluster/real-servers.js";
import { eventually } from "../helpers/temporary.js";
import { viewContract } from "./view.contract.js";

const named = process.env.VOTE_TEST_REDIS;
const startable =
  named === undefined && (await realServers("the Redis view's contract", ["redis"]));
const services = startable ? withServices({ services: ["redis"] }) : undefined;
const redis = () => new URL(named ?? services?.().endpoints.redis?.url ?? "");
const available = named !== undefined || services !== undefined;

const run = randomBytes(4).toString("hex");
const keyPrefix = `contract-${run}:`;
let elections = 0;
const election = () => `election-${elections++}`;

async function closing<T extends View>(view: Promise<T>): Promise<T> {
  const opened = await view;
  onTestFinished(() => opened.close());
  return opened;
}

const figures = (partition: number, sequence: number): PartitionView => ({
  partition,
  sequence,
  position: sequence,
  counts: [sequence],
  rejections: [0, 0, 0, 0],
  retriesAbsorbed: 0,
  sealed: false,
});

/** Stands between the view and Redis, so that Redis can be away, or hang, for this test alone. */
async function openGate(to: URL) {
  const sockets = new Set<Socket>();
  let mode: "open" | "hanging" | "shut" = "open";
  const gate = createServer((near) => {
    if (mode === "shut") return void near.destroy();
    const far = connect(Number(to.port || 6_379), to.hostname);
    const pairs = [
      [near, far],
      [far, near],
    ];
    for (const [from, other] of pairs) {
      sockets.add(from);
      from.on("data", (bytes) => mode === "open" && other.write(bytes));
      from.on("error", () => other.destroy());
      from.on("close", () => {
        sockets.delete(from);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => gate.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    gate.close();
  });
  const { port } = gate.address() as { port: number };
  return {
    url: `redis://127.0.0.1:${port}`,
    turn(to: typeof mode) {
      mode = to;
      if (to === "shut") for (const socket of sockets) socket.destroy();
    },
  };
}

describe.runIf(available)("Redis view", () => {
  viewContract(async () => ({
    open: () => closing(openRedisView({ url: redis().href, keyPrefix })),
    election,
  }));

  it("says that a server may drop figures, and changes nothing about it", async () => {
    const admin = new Redis(redis().href);
    const before = (await admin.config("GET", "maxmemory*")) as string[];
    const settingBefore = (name: string) => before[before.indexOf(name) + 1];
    onTestFinished(async () => {
      for (const name of ["maxmemory-policy", "maxmemory"]) {
        await admin.config("SET", name, settingBefore(name));
      }
      admin.disconnect();
    });
    expect(await checkRedis({ url: redis().href })).toEqual([]);
    await admin.config("SET", "maxmemory", "4gb");
    await admin.config("SET", "maxmemory-policy", "allkeys-lru");
    const finding = { setting: "maxmemory-policy", actual: "allkeys-lru", wanted: "noeviction" };
    expect(await checkRedis({ url: redis().href })).toMatchObject([finding]);
    expect(await admin.config("GET", "maxmemory-policy")).toContain("allkeys-lru");
  });

  it("tells every change, and only changes, on the election's channel", async () => {
    const view = await closing(openRedisView({ url: redis().href, keyPrefix }));
    const id = election();
    const subscriber = new Redis(redis().href);
    onTestFinished(() => subscriber.disconnect());
    const heard: string[] = [];
    subscriber.on("message", (_channel, message: string) => heard.push(message));
    await subscriber.subscribe(`${keyPrefix}{${id}}:changed`);
    await view.set(id, figures(4, 7));
    await view.set(id, figures(4, 7));
    await view.set(id, figures(2, 1));
    await view.setRecounting(id, 1);
    await eventually("the last message", () => heard.includes("recounting"));
    expect(heard).toEqual(["4", "2", "recounting"]);
  });

  it("replaces what it cannot read", async () => {
    const view = await closing(openRedisView({ url: redis().href, keyPrefix }));
    const id = election();
    const other = new Redis(redis().href);
    onTestFinished(() => other.disconnect());
    for (const [partition, garbage] of ["{", "7", '{"sequence":"x"}'].entries()) {
      await other.hset(`${keyPrefix}{${id}}`, partition, garbage);
      expect(await view.set(id, figures(partition, 0))).toBe("set");
    }
    expect((await view.get(id)).partitions).toHaveLength(3);
  });

  it("refuses at once while Redis is away, and goes on by itself when it is back", async () => {
    const gate = await openGate(redis());
    const view = await closing(openRedisView({ url: gate.url, keyPrefix }));
    const id = election();
    expect(await view.set(id, figures(0, 1))).toBe("set");
    gate.turn("shut");
    const unavailable = { code: "view-unavailable" };
    await eventually("the broken connection", () =>
      view.get(id).then(
        () => false,
        () => true,
      ),
    );
    await expect(view.set(id, figures(0, 2))).rejects.toMatchObject(unavailable);
    await expect(view.get(id)).rejects.toMatchObject(unavailable);
    gate.turn("open");
    const again = await eventually("Redis", () => view.set(id, figures(0, 3)).catch(() => false));
    expect(again).toBe("set");
    expect((await view.get(id)).partitions).toEqual([figures(0, 3)]);
  });

  // Long enough for an answer on a busy machine.
  const patience = { commandTimeoutMs: 3_000, connectTimeoutMs: 3_000 };

  it("does not wait for a Redis that hangs, be it connected or not", async () => {
    const gate = await openGate(redis());
    const options = { url: gate.url, keyPrefix, ...patience };
    const view = await closing(openRedisView(options));
    const id = election();
    expect(await view.set(id, figures(0, 1))).toBe("set");
    gate.turn("hanging");
    const hanging = [figures(0, 2), figures(1, 2)].map((one) => view.set(id, one));
    const outcomes = await Promise.allSettled([...hanging, view.get(id)]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    const late = await closing(openRedisView(options));
    await expect(late.get(id)).rejects.toMatchObject({ code: "view-unavailable" });
    gate.turn("open");
    for (const one of [view, late]) {
      await eventually("Redis", () =>
        one.get(id).then(
          () => true,
          () => false,
        ),
      );
    }
  });

  it("is filled again by the tallies when it has lost everything", async () => {
    const view = await closing(openRedisView({ url: redis().href, keyPrefix }));
    const ledger = { get: async () => undefined };
    const publisher = new ViewPublisher(view, ledger, { event: () => undefined }, { everyMs: 20 });
    onTestFinished(() => publisher.stop());
    const id = election();
    for (const partition of [0, 1]) publisher.publish(id, figures(partition, 5));
    const whole = async () => (await view.get(id)).partitions.length === 2;
    await eventually("the figures", whole);
    const other = new Redis(redis().href);
    onTestFinished(() => other.disconnect());
    expect(await other.del(`${keyPrefix}{${id}}`)).toBe(1);
    await eventually("the figures again", whole);
    expect((await view.get(id)).partitions).toEqual([figures(0, 5), figures(1, 5)]);
  });

  it("opens without Redis, and takes it up when it comes", async () => {
    const gate = await openGate(redis());
    gate.turn("shut");
    const view = await closing(openRedisView({ url: gate.url, keyPrefix }));
    const id = election();
    await expect(view.set(id, figures(0, 1))).rejects.toMatchObject({ code: "view-unavailable" });
    gate.turn("open");
    await eventually("Redis", () => view.set(id, figures(0, 1)).catch(() => false));
  });
});
