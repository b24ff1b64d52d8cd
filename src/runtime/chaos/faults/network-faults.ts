import { setTimeout as sleep } from "node:timers/promises";
import type { Dice } from "../../sim/time/dice.js";
import type { FaultProxy } from "../proxy/fault-proxy.js";
import type { Stage } from "../scene/stage.js";
import { until } from "../scene/until.js";
import { type FaultKind, talliesGoOn, votesGoOn } from "./fault.js";

type Wire = readonly FaultProxy[];

const hitsOf = (wire: Wire) => wire.reduce((sum, { injections }) => sum + injections, 0);

/** Spoils what passes by until it has hit so many requests. */
function untilHit(
  kind: Pick<FaultKind, "name" | "what">,
  times: number,
  wireOf: (stage: Stage) => Wire,
  spoil: (proxy: FaultProxy) => void,
): FaultKind {
  return {
    ...kind,
    async inject({ scene, stage }) {
      const wire = wireOf(stage);
      const before = hitsOf(wire);
      for (const proxy of wire) spoil(proxy);
      try {
        await until("requests to be hit", () => hitsOf(wire) >= before + times);
      } finally {
        stage.pass();
      }
      await votesGoOn(scene);
      await talliesGoOn(scene);
      return hitsOf(wire) - before;
    },
  };
}

/** Spoils what passes to each of the servers for a while, one after the other. */
function forAWhile(
  kind: Pick<FaultKind, "name" | "what">,
  spoil: (proxy: FaultProxy, dice: Dice) => void,
): FaultKind {
  return {
    ...kind,
    async inject({ scene, stage, dice }) {
      const before = hitsOf(stage.wires.flat());
      for (const wire of stage.wires) {
        try {
          for (const proxy of wire) spoil(proxy, dice);
          await sleep(dice.between(300, 1_000));
        } finally {
          stage.pass();
        }
        await votesGoOn(scene);
      }
      await talliesGoOn(scene);
      return hitsOf(stage.wires.flat()) - before;
    },
  };
}

/** As DynamoDB says it. */
function throttledAnswer(): Buffer {
  const type = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException";
  const body = JSON.stringify({ __type: type, message: "Too fast." });
  const head = [
    "HTTP/1.1 400 Bad Request",
    "Content-Type: application/x-amz-json-1.0",
    `Content-Length: ${body.length}`,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
}

const dropped = (what: string, calls: string, wireOf: (stage: Stage) => Wire, only: RegExp) =>
  untilHit(
    {
      name: `${what}-answers-dropped`,
      what: `a fifth of the ${calls} is applied, and its answer dropped`,
    },
    5,
    wireOf,
    (proxy) => proxy.applyAndDropAnswer(0.2, only),
  );

/** The ingest tries for as long as it may, then says 503; the crowd comes again. */
const logUnreachable: FaultKind = {
  name: "log-unreachable",
  what: "no broker can be reached until votes are refused",
  async inject({ scene, stage }) {
    const { crowd } = scene;
    const before = crowd.repeated;
    for (const proxy of stage.proxies.kafka) proxy.refuse();
    try {
      await until("a refusal", () => crowd.repeated > before);
    } finally {
      stage.pass();
    }
    await votesGoOn(scene);
    await talliesGoOn(scene);
    return stage.proxies.kafka.length;
  },
};

export const networkFaults: readonly FaultKind[] = [
  dropped("produce", "appends", ({ proxies }) => proxies.kafka, /^Produce$/),
  dropped("commit", "inserts into the ledger", ({ proxies }) => [proxies.dynamodb], /^PutItem$/),
  dropped("view", "calls to Redis", ({ proxies }) => [proxies.redis], /./),
  untilHit(
    {
      name: "commits-throttled",
      what: "half of the inserts into the ledger are refused as too fast",
    },
    10,
    ({ proxies }) => [proxies.dynamodb],
    (proxy) => proxy.answerInstead(throttledAnswer(), 0.5, /^PutItem$/),
  ),
  forAWhile(
    {
      name: "connections-cut",
      what: "a fifth of the requests is cut in the middle, at each server in turn",
    },
    (proxy) => proxy.cut(0.2),
  ),
  forAWhile(
    {
      name: "connections-reset",
      what: "every connection is reset, old and new, at each server in turn",
    },
    (proxy) => proxy.refuse(),
  ),
  forAWhile(
    {
      name: "messages-delayed",
      what: "everything takes 50 to 300 ms longer, each way, at each server in turn",
    },
    (proxy, dice) => proxy.delay(dice.between(50, 300)),
  ),
  forAWhile(
    {
      name: "messages-throttled",
      what: "a connection carries 10 to 60 kB/s, at each server in turn",
    },
    (proxy, dice) => proxy.throttle(dice.between(10_000, 60_000)),
  ),
  logUnreachable,
];
