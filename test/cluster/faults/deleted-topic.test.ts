import kafkajs from "kafkajs";
import { expect, it, onTestFinished } from "vitest";
import { withStatus } from "../../../src/runtime/core/election.js";
import { openKafkaLog } from "../../../src/runtime/log/kafka/kafka.js";
import { recountWhenSealed } from "../../../src/runtime/recount/recount-when-sealed.js";
import { startTally } from "../../../src/runtime/tally/tally.js";
import { systemClock } from "../../../src/runtime/time/clock.js";
import { useServices as withServices } from "../../helpers/cluster/cluster.js";
import { realServers } from "../../helpers/cluster/real-servers.js";
import { ballotOf, frameOf, markerOf } from "../../helpers/data/ballots.js";
import { openTestElection, openTestEngine } from "../../helpers/data/election.js";
import { eventually } from "../../helpers/temporary.js";

const available = await realServers("a deleted topic", ["kafka"]);
const services = available ? withServices({ services: ["kafka"] }) : undefined;

/** Kafka's log beside the other stores of the embedded engine. */
async function stage() {
  const brokers = services?.().endpoints.kafka?.brokers ?? [];
  const log = await openKafkaLog({ brokers, replicationFactor: 1, minInsyncReplicas: 1 });
  onTestFinished(() => log.close());
  const engine = { ...(await openTestEngine()), log };
  const append = (election: string, ...frames: Buffer[]) =>
    log.append(frames.map((bytes) => ({ election, partition: 0, bytes })));
  const start = async (wallClock = Date.now) => {
    const clock = { ...systemClock, wallClock };
    const tally = await startTally({ ...engine, clock, checkFinishedEveryMs: 100 });
    onTestFinished(() => tally.stop());
    return tally;
  };
  const decided = (election: string, sequence = 0) =>
    eventually(
      `segment ${sequence} of ${election}`,
      () => engine.ledger.get({ election, partition: 0, sequence }),
      60_000,
    );
  const deleteTopic = async (election: string) => {
    const admin = new kafkajs.Kafka({ brokers: [...brokers], logLevel: 0 }).admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [`vote.${election}`] });
    await admin.disconnect();
  };
  return { engine, append, start, decided, deleteTopic };
}

it.runIf(available)(
  "of a finished election keeps no tally from starting or from going on",
  async () => {
    const { engine, append, start, decided, deleteTopic } = await stage();
    const elections = new Map<string, Awaited<ReturnType<typeof openTestElection>>>();
    for (const id of ["certified", "closed"]) {
      const closed = withStatus(await openTestElection(engine, id, 1), "closed", Date.now());
      await engine.registry.replace(closed);
      elections.set(id, closed);
      await append(id, frameOf(id, 0, [ballotOf(1, 10)]), markerOf(id, 0));
    }
    const first = await start();
    for (const id of elections.keys()) await decided(id);
    const certified = elections.get("certified");
    if (certified === undefined) throw new Error("it was created above");
    await engine.registry.replace(withStatus(certified, "certified", Date.now()));
    for (const id of elections.keys()) await deleteTopic(id);

    await openTestElection(engine, "open", 1);
    await append("open", frameOf("open", 0, [ballotOf(2, 20)]));
    await decided("open");
    await first.stop();
    // Both are over for long enough to be looked at only now and then.
    const later = await start(() => Date.now() + 600_000);
    await append("open", frameOf("open", 0, [ballotOf(3, 30)]));
    await decided("open", 1);
    await eventually(
      "word of both topics",
      () => (later.metrics().eventCounts.failed ?? 0) >= 2,
      60_000,
    );
    expect(later.metrics().partitions.map(({ election }) => election)).toEqual(["open"]);
    later.requireReady();
    await deleteTopic("open");
    const says = () => {
      try {
        later.requireReady();
      } catch (error) {
        return String(error);
      }
    };
    await eventually("the open election's topic to be missed", says, 60_000);
    expect(says()).toContain("Election open, partition 0 cannot be read: The log is damaged");
  },
  180_000,
);

it.runIf(available)(
  "ends the election's recount with exit 3 and the place",
  async () => {
    const { engine, append, start, decided, deleteTopic } = await stage();
    const closed = withStatus(await openTestElection(engine, "gone", 1), "closed", Date.now());
    await engine.registry.replace(closed);
    await append("gone", frameOf("gone", 0, [ballotOf(1, 10)]), markerOf("gone", 0));
    const tally = await start();
    await decided("gone");
    const where = { ...engine, election: "gone", waitMs: 60_000 };
    expect(await recountWhenSealed({ ...where, from: "log" })).toMatchObject({ findings: [] });
    await tally.stop();
    await deleteTopic("gone");
    const place = "Kafka's topic vote.gone, partition 0: it does not exist.";
    const report = await recountWhenSealed({ ...where, from: "log", waitMs: 0 });
    expect(report.findings[0]).toMatchObject({
      kind: "corrupt-log",
      partition: 0,
      detail: expect.stringContaining(place),
    });
    await expect(recountWhenSealed({ ...where, from: "ledger" })).rejects.toMatchObject({
      code: "corrupt-log",
      exitCode: 3,
      message: place,
    });
  },
  180_000,
);
