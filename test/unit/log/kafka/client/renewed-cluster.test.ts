import type { Socket } from "node:net";
import kafkajs from "kafkajs";
import { describe, expect, it, onTestFinished } from "vitest";
import { LeaderLookup } from "../../../../../src/runtime/log/kafka/append/leaders.js";
import {
  ClientStandstill,
  RenewedCluster,
} from "../../../../../src/runtime/log/kafka/client/renewed-cluster.js";
import { makeCluster } from "../../../../../src/runtime/log/kafka/kafka.js";
import { eventually } from "../../../../helpers/temporary.js";
import { SteppedClock } from "../../../../helpers/test-clock.js";
import { even, PaperCluster, paperLog } from "../paper-cluster.js";
import { brokerThat } from "../socket-broker.js";

const request = {
  isolationLevel: 0,
  maxWaitTime: 0,
  minBytes: 1,
  maxBytes: 1_024,
  topics: [
    { topic: "vote.spring", partitions: [{ partition: 0, fetchOffset: "0", maxBytes: 1_024 }] },
  ],
};

/** The client's cluster objects, as they are made; the first loses every fetch. */
function site() {
  const clock = new SteppedClock(0);
  const made: ForgetfulCluster[] = [];
  const cluster = new RenewedCluster({
    makeCluster: () => {
      const next = new ForgetfulCluster(made.length === 0);
      next.logs.set(0, paperLog(3));
      made.push(next);
      return next;
    },
    clock,
  });
  const fetch = async () => {
    const broker = await cluster.findBroker({ nodeId: even });
    const { responses } = await broker.fetch(request);
    return responses[0].partitions[0].messages.length;
  };
  return { made, cluster, fetch, clock };
}

/** Far more than any call may take. */
const longMs = 3_600_000;

class ForgetfulCluster extends PaperCluster {
  readonly topics: string[] = [];
  forgotten = 0;

  constructor(readonly forgets: boolean) {
    super();
  }

  override async addTargetTopic(topic?: string): Promise<void> {
    this.topics.push(String(topic));
  }

  /** As the client: none before it has connected. */
  override getNodeIds(): string[] {
    return this.connections === 0 ? [] : super.getNodeIds();
  }

  override async findBroker(node: { nodeId: string }) {
    const broker = await super.findBroker(node);
    if (!this.forgets) return broker;
    const fetch = () => {
      this.forgotten++;
      return new Promise<never>(() => undefined);
    };
    return { ...broker, fetch };
  }
}

describe("a cluster object that is renewed", () => {
  it("is another once a request was forgotten, and knows the same topics", async () => {
    const { made, cluster, fetch, clock } = site();
    await cluster.connect();
    await cluster.addTargetTopic("vote.spring");
    const forgotten = expect(fetch()).rejects.toThrow(ClientStandstill);
    await eventually("the fetch", () => made[0].forgotten === 1);
    clock.moveTo(clock.now() + longMs);
    await forgotten;
    expect(await fetch()).toBe(3);
    expect(made.map(({ topics, connections }) => [topics, connections])).toEqual([
      [["vote.spring"], 0],
      [["vote.spring"], 1],
    ]);
  });

  it("is renewed once, however many requests were forgotten", async () => {
    const { made, fetch, clock } = site();
    const fetches = Promise.allSettled([fetch(), fetch(), fetch()]);
    await eventually("the fetches", () => made[0].forgotten === 3);
    clock.moveTo(clock.now() + longMs);
    const outcomes = await fetches;
    expect(outcomes.map(({ status }) => status)).toEqual(Array(3).fill("rejected"));
    expect(made).toHaveLength(2);
  });

  it("tells the leaders also after it was renewed", async () => {
    const { made, cluster, fetch, clock } = site();
    const lookup = new LeaderLookup(cluster);
    await lookup.leaders("vote.spring");
    const forgotten = expect(fetch()).rejects.toThrow(ClientStandstill);
    await eventually("the fetch", () => made[0].forgotten === 1);
    clock.moveTo(clock.now() + longMs);
    await forgotten;
    expect((await lookup.leaders("vote.spring")).get(0)).toBe(even);
    expect(made).toHaveLength(2);
  });

  it("finds brokers again after the client has lost the one to ask", async () => {
    let held: (() => void)[] | undefined;
    const answers = (socket: Socket, whole: Buffer) => {
      if (held === undefined) socket.write(whole);
      else held.push(() => socket.write(whole));
    };
    const names = () => [
      { id: 2, port: second },
      { id: 1, port: first },
    ];
    const first = await brokerThat(answers, names);
    const second = await brokerThat(answers, names);
    const cluster = makeCluster(
      new kafkajs.Kafka({
        brokers: [`127.0.0.1:${first}`],
        retry: { retries: 0 },
        logLevel: kafkajs.logLevel.NOTHING,
      }),
    );
    onTestFinished(() => cluster.disconnect());
    await cluster.refreshMetadata();
    held = [];
    const refreshed = cluster.refreshMetadata().catch((error: unknown) => error);
    await eventually("the look-up", () => held?.length === 1);
    for (const port of [second, first]) cluster.removeBroker({ host: "127.0.0.1", port });
    held[0]();
    held = undefined;
    expect(await refreshed).toBeInstanceOf(TypeError);
    await cluster.refreshMetadata();
    expect(cluster.getNodeIds().map(Number).sort()).toEqual([1, 2]);
  });
});
