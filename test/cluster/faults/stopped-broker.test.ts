import { describe, expect, it, onTestFinished } from "vitest";
import { openKafkaLog } from "../../../src/runtime/log/kafka/kafka.js";
import type { Log } from "../../../src/runtime/log/port.js";
import { sleep } from "../../../src/runtime/time/clock.js";
import { useServices as withServices } from "../../helpers/cluster/cluster.js";
import { realServers } from "../../helpers/cluster/real-servers.js";
import { eventually } from "../../helpers/temporary.js";

const available = await realServers("a broker that hangs", ["kafka"]);
const services = available ? withServices({ services: ["kafka"], brokers: 3 }) : undefined;
const partitions = 6;

/** Appends to every partition, one frame after the other, and counts what is acknowledged. */
function writersOn(log: Log, election: string) {
  const acknowledged = new Array<number>(partitions).fill(0);
  const stopping = new AbortController();
  const writers = acknowledged.map(async (_, partition) => {
    while (!stopping.signal.aborted) {
      try {
        await log.append([{ election, partition, bytes: Buffer.alloc(500, 1) }]);
        acknowledged[partition]++;
      } catch {
        await sleep(100);
      }
    }
  });
  onTestFinished(async () => {
    stopping.abort();
    await Promise.all(writers);
  });
  /** Waits until those partitions have so many more frames each. */
  const goOn = (which: readonly number[], frames: number, withinMs: number) => {
    const wanted = acknowledged.map((count) => count + frames);
    const done = () => which.every((partition) => acknowledged[partition] >= wanted[partition]);
    return eventually("the appends to go on", done, withinMs);
  };
  return { acknowledged, goOn };
}

async function stage(replicationFactor: number) {
  const brokers = services?.().endpoints.kafka?.brokers ?? [];
  const minInsyncReplicas = Math.max(1, replicationFactor - 1);
  const log = await openKafkaLog({ brokers, replicationFactor, minInsyncReplicas });
  onTestFinished(() => log.close());
  const election = `stopped-${replicationFactor}`;
  // The broker of the test before may just be coming back.
  await eventually("the topic", () =>
    log.createTopic({ election, partitions }).then(
      () => true,
      () => false,
    ),
  );
  const writers = writersOn(log, election);
  const all = [...writers.acknowledged.keys()];
  await writers.goOn(all, 5, 60_000);
  return { ...writers, all, broker: services?.().server("kafka-1") };
}

describe.runIf(available)("a broker that hangs, with its connections open", () => {
  it("holds up no partition that it has no part in", async () => {
    const { goOn, all, acknowledged, broker } = await stage(1);
    broker?.signal("SIGSTOP");
    onTestFinished(() => broker?.signal("SIGCONT"));
    // Its own have no other replica, and stay where they are, with what was under way.
    const before = [...acknowledged];
    const movesOn = (partition: number) => acknowledged[partition] >= before[partition] + 20;
    const others = () => all.filter(movesOn);
    await eventually("the others to go on", () => others().length >= (partitions * 2) / 3, 60_000);
    const stuck = all.filter((partition) => !movesOn(partition));
    expect(stuck).toHaveLength(partitions / 3);
    await goOn(others(), 20, 15_000);
    expect(stuck.map((partition) => acknowledged[partition] - before[partition] <= 2)).toEqual([
      true,
      true,
    ]);
  }, 120_000);

  it("keeps its partitions only until another broker leads them", async () => {
    const { goOn, all, broker } = await stage(3);
    broker?.signal("SIGSTOP");
    onTestFinished(() => broker?.signal("SIGCONT"));
    // The brokers take 6 s to see it; before, appends came back only when it did.
    await goOn(all, 5, 15_000);
  }, 120_000);
});
