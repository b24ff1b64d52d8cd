import { expect, it, onTestFinished } from "vitest";
import type { Ledger } from "../../../../../src/runtime/ledger/port.js";
import type {
  KafkaMember,
  MemberListener,
} from "../../../../../src/runtime/log/kafka/client/client.js";
import { KafkaSubscription } from "../../../../../src/runtime/log/kafka/consume/subscription.js";
import type { Log } from "../../../../../src/runtime/log/port.js";
import { startTally } from "../../../../../src/runtime/tally/tally.js";
import { ballotOf, frameOf } from "../../../../helpers/data/ballots.js";
import { openTestElection, openTestEngine } from "../../../../helpers/data/election.js";
import { ledgerWith } from "../../../../helpers/faulty-ledger.js";
import { eventually } from "../../../../helpers/temporary.js";
import { PaperCluster } from "../paper-cluster.js";

const segments = 8;
const segmentTakesMs = 50_000;
const stuckAfterMs = 120_000;

it("a tally that takes long to read a chain, but reads on, keeps its partition", async () => {
  const engine = await openTestEngine();
  await openTestElection(engine, "long", 1);
  await tallySegments(engine);

  const world = { now: 0, looks: 0 };
  const now = () => {
    world.looks++;
    return world.now;
  };
  const members: MemberListener[] = [];
  let left = 0;
  const makeMember = (_topic: string, _claim: unknown, listener: MemberListener): KafkaMember => {
    members.push(listener);
    return {
      join: async () => listener.assigned([0]),
      commit: async () => undefined,
      leave: async () => void left++,
    };
  };
  const passTime = async () => {
    world.now += segmentTakesMs;
    for (const member of members) member.beat(1);
    // Until the membership has looked at the clock since, some times over.
    const looks = world.looks;
    await eventually("a look at the clock", () => world.looks > looks + 3);
  };
  const log: Log = {
    createTopic: (topic) => engine.log.createTopic(topic),
    append: (frames) => engine.log.append(frames),
    read: (...where) => engine.log.read(...where),
    partitions: (election) => engine.log.partitions(election),
    end: (...where) => engine.log.end(...where),
    members: (election) => engine.log.members(election),
    close: async () => undefined,
    async subscribe(topics, handler) {
      const subscription = new KafkaSubscription({
        topics,
        handler,
        makeMember,
        makeCluster: () => new PaperCluster(),
        stuckAfterMs,
        notice: () => undefined,
        now,
      });
      await subscription.start();
      return subscription;
    },
  };
  const tally = await startTally({ ...engine, log, ledger: slowed(engine.ledger, passTime) });
  onTestFinished(() => tally.stop());
  const state = () => tally.metrics().partitions[0];
  await eventually("half of it", () => state()?.position === segments / 2);
  expect(state().state).toBe("loading");
  await eventually("all of it", () => state()?.state === "tallying");
  expect(world.now).toBeGreaterThan(2 * stuckAfterMs);
  expect([members.length, left]).toEqual([1, 0]);
  expect(tally.metrics().eventCounts).toEqual({ assigned: 1 });
});

/** The ledger, with a pause before each segment of a chain. */
function slowed(ledger: Ledger, pause: () => Promise<void>): Ledger {
  return ledgerWith(ledger, {
    async *read(...where) {
      for await (const segment of ledger.read(...where)) {
        await pause();
        yield segment;
      }
    },
  });
}

async function tallySegments(engine: Awaited<ReturnType<typeof openTestEngine>>): Promise<void> {
  const tally = await startTally(engine);
  for (let number = 0; number < segments; number++) {
    const bytes = frameOf("long", 0, [ballotOf(number, number)]);
    await engine.log.append([{ election: "long", partition: 0, bytes }]);
    const place = { election: "long", partition: 0, sequence: number };
    await eventually("its segment", () => engine.ledger.get(place));
  }
  await tally.stop();
}
