import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cutsOf } from "../../../src/runtime/chaos/audit/replay.js";
import type { Scene } from "../../../src/runtime/chaos/scene/scene.js";
import type { Ballot } from "../../../src/runtime/core/formats/ballot.js";
import { partitionOf } from "../../../src/runtime/core/voter/partition.js";
import { certify } from "../../../src/runtime/recount/certificate/certify.js";
import type { RecountReport } from "../../../src/runtime/recount/findings/report.js";
import { recountElection } from "../../../src/runtime/recount/recount.js";
import { closeAndSeal, expectReplayAgrees } from "../../helpers/audit.js";
import { useServices } from "../../helpers/cluster/cluster.js";
import { consoleConsumer } from "../../helpers/cluster/console-consumer.js";
import { pythonWith, runPython } from "../../helpers/cluster/python.js";
import { realServers } from "../../helpers/cluster/real-servers.js";
import { openScene } from "../../helpers/cluster/scene.js";
import { ballotOf, frameOf } from "../../helpers/data/ballots.js";
import { chainOf } from "../../helpers/data/election.js";
import { eventually } from "../../helpers/temporary.js";

const seed = Number(process.env.VOTE_SEED ?? 20_261_122);
const title = "topic and tables, read by others";
const available = await realServers(title);
const python = available && (await pythonWith(`${title}: the topic`, []));
const boto3 = available && (await pythonWith(`${title}: the tables`, ["boto3"]));
const script = (name: string) => join(import.meta.dirname, name);
const readWithinMs = 180_000;

/** What a reader in another language has found; of each ballot its id and its decision. */
interface Reading {
  /** By candidate. */
  readonly counts: readonly number[];
  readonly rejected: Readonly<Record<string, number>>;
  readonly retriesAbsorbed: number;
  /** The position after each partition's last one. */
  readonly ends: readonly number[];
  /** Each partition's, over its log up to there. */
  readonly logDigests: readonly string[];
  readonly decisions: readonly (readonly (readonly [string, string])[])[];
}

function expectAgrees(reading: Reading, report: RecountReport): void {
  expect(reading.counts).toEqual(report.result.map(({ votes }) => votes));
  expect(reading.rejected).toEqual(report.rejected);
  expect(reading.decisions.flat()).toHaveLength(report.ballots);
}

describe.runIf(available)(title, () => {
  const services = useServices();
  let scene: Scene;
  let report: RecountReport;
  let ends: readonly number[];

  /** Straight to the log: what no ingest lets through. */
  async function append(ballot: Ballot, times = 1): Promise<void> {
    const { engine, election } = scene;
    const first = Buffer.from(ballot.voterTag).readInt32LE(0);
    const partition = partitionOf(first, election.partitions);
    const bytes = frameOf(election, partition, [ballot]);
    const frame = { election: election.id, partition, bytes };
    for (let time = 0; time < times; time++) await engine.log.append([frame]);
  }

  /** What the ledger's last segments say of the log. */
  async function logDigests(): Promise<string[]> {
    const { engine, election } = scene;
    const chains = await Promise.all(
      ends.map((_, partition) => chainOf(engine.ledger, election.id, partition)),
    );
    return chains.map((chain) => Buffer.from(chain[chain.length - 1].logDigest).toString("hex"));
  }

  beforeAll(async () => {
    scene = await openScene({ services: services(), name: "readers", seed, tallies: 1 });
    const { engine, election, crowd } = scene;
    await eventually("a thousand votes", () => crowd.acknowledged.size > 1_000, 60_000);
    await crowd.stop();
    await append(ballotOf(1, 1, election.candidates.length), 3);
    await closeAndSeal(engine, election);
    await append(ballotOf(2, 2));
    const partitions = Array.from({ length: election.partitions }, (_, partition) => partition);
    ends = await Promise.all(partitions.map((n) => engine.log.end(election.id, n)));
    const decided = async () =>
      (await scene.positions()).every((position, partition) => position >= ends[partition]);
    await eventually("the late ballot's decision", decided);
    report = await recountElection({ election: election.id, ...engine, from: "log" });
    await certify({ ...engine, report, now: Date.now() });
  }, readWithinMs);
  afterAll(() => scene?.close(false));

  it("the election holds every kind of decision, and the recount agrees", () => {
    expect(report.findings).toEqual([]);
    const { "already-voted": again, ...rejected } = report.rejected;
    expect(rejected).toEqual({ "unknown-candidate": 1, "election-closed": 1 });
    expect(again).toBeGreaterThan(0);
    expect(report.retriesAbsorbed).toBeGreaterThan(2);
    expect(report.ballots).toBe(scene.crowd.acknowledged.size + 2);
  });

  it(
    "the whole topic, replayed into a fresh ledger, decides the same",
    async () => {
      const { engine, election } = scene;
      const { ballots, cuts } = await expectReplayAgrees(engine, election);
      expect(ballots).toBe(report.ballots);
      const before = await Promise.all(cuts.map((_, n) => cutsOf(engine, election.id, n)));
      expect(cuts).not.toEqual(before);
    },
    readWithinMs,
  );

  it.runIf(python)(
    "kafka-console-consumer reads the frames",
    async () => {
      const { election } = scene;
      const separator = randomBytes(16).toString("hex");
      const printed = await consoleConsumer({
        brokers: services().endpoints.kafka?.brokers ?? [],
        topic: `vote.${election.id}`,
        records: ends.reduce((sum, end) => sum + end, 0),
        separator,
      });
      const sizes = [election.partitions, election.candidates.length].map(String);
      const args = [separator, election.id, election.instance, ...sizes];
      const reading = await runPython<Reading>(script("topic.py"), args, printed);
      expectAgrees(reading, report);
      expect(reading.ends).toEqual(ends);
      expect(reading.logDigests).toEqual(await logDigests());
      expect(reading.retriesAbsorbed).toBe(report.retriesAbsorbed);
    },
    readWithinMs,
  );

  it.runIf(boto3)(
    "boto3 reads the segments, and the chains hold",
    async () => {
      const endpoint = services().endpoints.dynamodb?.endpoint ?? "";
      const tables = ["readers-segments", "readers-registry"];
      const args = [endpoint, ...tables, scene.election.id];
      const reading = await runPython<Reading & Ledger>(script("segments.py"), args);
      expectAgrees(reading, report);
      expect(reading).toMatchObject({ ends, segments: report.segments, digest: report.digest });
      expect(reading.logDigests).toEqual(await logDigests());
      expect(reading.retriesAbsorbed).toBe(report.retriesAbsorbed);
      expect(reading.certificate).toMatchObject({ digest: report.digest, result: report.result });
    },
    readWithinMs,
  );
});

interface Ledger {
  readonly segments: number;
  readonly digest: string;
  readonly certificate: { readonly digest: string };
}
