import { setTimeout as sleep } from "node:timers/promises";
import type { Scene, Stage } from "../scene/scene.js";
import type { FaultProxy } from "../proxy/fault-proxy.js";
import { eventually } from "../../../../test/helpers/temporary.js";
import { type Fault, talliesGoOn, votesGoOn } from "./fault.js";

type ProxyName = keyof Stage["proxies"];

/** A fault that stays in force for a while, on one proxy. */
function inForce(
  name: string,
  which: ProxyName,
  spoil: (proxy: FaultProxy) => void,
  until: (scene: Scene, hits: () => number) => Promise<void>,
): Fault {
  return {
    name,
    proxied: true,
    async inject(scene, { proxies }) {
      const proxy = proxies[which];
      const before = proxy.injections;
      const hits = () => proxy.injections - before;
      spoil(proxy);
      try {
        await until(scene, hits);
      } finally {
        proxy.pass();
      }
      await talliesGoOn(scene);
      return hits();
    },
  };
}

const untilHit = (times: number) => async (_scene: Scene, hits: () => number) => {
  await eventually(`${times} injections`, () => hits() >= times, 60_000);
};

const dropped = (what: string, which: ProxyName, only: RegExp) =>
  inForce(
    `10 % of ${what} applied, answer dropped`,
    which,
    (proxy) => proxy.applyAndDropAnswer(0.1, only),
    untilHit(15),
  );

/** As DynamoDB says it. */
function throttled(): Buffer {
  const type = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException";
  const body = JSON.stringify({ __type: type, message: "Too fast." });
  const head = [
    "HTTP/1.1 400 Bad Request",
    "Content-Type: application/x-amz-json-1.0",
    `Content-Length: ${body.length}`,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
}

/** Any of the three, in turns drawn by the seed. */
function unsteady(name: string, spoil: (proxy: FaultProxy, scene: Scene) => void): Fault {
  return {
    name,
    proxied: true,
    async inject(scene, { proxies }) {
      const all = Object.values(proxies);
      const total = () => all.reduce((sum, { injections }) => sum + injections, 0);
      const before = total();
      for (let round = 0; round < 6; round++) {
        const proxy = all[Math.floor(scene.random() * all.length)];
        spoil(proxy, scene);
        await sleep(500 + scene.random() * 1_000);
        proxy.pass();
        await votesGoOn(scene, 30);
      }
      await talliesGoOn(scene);
      return total() - before;
    },
  };
}

export const networkFaults: readonly Fault[] = [
  dropped("Produce", "kafka", /^Produce$/),
  dropped("PutItem", "dynamodb", /^PutItem$/),
  dropped("Redis calls", "redis", /./),
  inForce(
    "50 % of PutItem throttled",
    "dynamodb",
    (proxy) => proxy.answerInstead(throttled(), 0.5, /^PutItem$/),
    untilHit(30),
  ),
  unsteady("connections cut", (proxy) => proxy.cut(0.2)),
  unsteady("delayed", (proxy, { random }) => proxy.delay(50 + random() * 250)),
  unsteady("throttled", (proxy, { random }) => proxy.throttle(10_000 + random() * 50_000)),
  inForce(
    "produce refused",
    "kafka",
    (proxy) => proxy.refuse(),
    async ({ crowd }) => {
      // The ingest tries for as long as it may, then says 503; the crowd comes again.
      const before = crowd.repeated;
      await eventually("a 503", () => crowd.repeated > before, 60_000);
    },
  ),
];
