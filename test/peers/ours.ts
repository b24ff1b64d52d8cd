import { mkdtemp, rm } from "node:fs/promises";

import { tmpdir } from "node:os";
import { join } from "node:path";
import { certifyScratchElection } from "../../src/runtime/bench/scratch/scratch.js";
import { createElection, withStatus } from "../../src/runtime/core/election.js";
import { partitionOf } from "../../src/runtime/core/voter/partition.js";
import { DynamoDb } from "../../src/runtime/dynamodb/client.js";
import { hostSigners } from "../../src/runtime/elections/host-signers.js";
import { openKeyDirectory } from "../../src/runtime/keys/key-directory.js";
import { DynamoLedger } from "../../src/runtime/ledger/dynamodb.js";
import { openKafkaLog } from "../../src/runtime/log/kafka/kafka.js";
import type { Log } from "../../src/runtime/log/port.js";
import { DynamoRegistry } from "../../src/runtime/registry/dynamodb.js";
import { type RunningTally, startTally } from "../../src/runtime/tally/tally.js";
import { ClockCheck } from "../../src/runtime/time/clock-check.js";
import { openRedisView } from "../../src/runtime/view/redis.js";
import { frameOf } from "../helpers/data/ballots.js";
import { identityOf } from "../helpers/data/identity.js";
import { testSigners } from "../helpers/data/test-keys.js";
import { type PeerSetting, type Prepared, untilDone } from "./peer.js";
import { candidates, peerVotes } from "./votes.js";

/** What an ingest gathers for one partition under load. */
const ballotsPerFrame = 1_000;
const partitions = 8;

export type OurSetting = Omit<PeerSetting, "topic" | "table">;

/** Our tally with its real adapters; the votes stand in the log, as frames. */
export async function prepareOurs(setting: OurSetting): Promise<Prepared> {
  const log = await openKafkaLog({
    brokers: setting.brokers,
    replicationFactor: 1,
    minInsyncReplicas: 1,
  });
  const database = new DynamoDb({ endpoint: setting.dynamoEndpoint, region: "us-east-1" });
  await database.ensureTables();
  const ledger = new DynamoLedger(database, database.segmentsTable);
  const registry = new DynamoRegistry(database, database.registryTable);
  const view = await openRedisView({ url: setting.redisUrl });
  const keysDir = await mkdtemp(join(tmpdir(), "vote-peers-"));
  const keys = openKeyDirectory(keysDir);
  const id = `peers-${Date.now()}`;
  const draft = createElection({
    id,
    title: "Peers",
    candidates: candidates.map((name) => ({ id: name, name })),
    partitions,
    ...identityOf(id),
    signers: [...(await hostSigners(keys, Date.now())), ...testSigners],
    createdAt: Date.now(),
  });
  await registry.create(draft);
  await log.createTopic({ election: id, partitions });
  await registry.replace(withStatus(draft, "open", Date.now()));
  await fill(log, id, setting.votes);
  const decided = async () => {
    const figures = (await view.get(id)).partitions;
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
    return sum(figures.flatMap(({ counts, rejections }) => [...counts, ...rejections]));
  };
  let finished: RunningTally | undefined;
  return {
    async run() {
      const tally = await startTally({ log, ledger, registry, view });
      let seen = 0;
      const watching = setInterval(() => void decided().then((votes) => (seen = votes)), 20);
      await untilDone(setting, () => seen >= setting.votes);
      clearInterval(watching);
      finished = tally;
      return decided();
    },
    async close() {
      // No later tally is to load what this run has left.
      const clocks = new ClockCheck(0);
      await certifyScratchElection({ log, ledger, registry, keys, clocks }, id);
      await finished?.stop();
      database.close();
      await rm(keysDir, { recursive: true });
      await Promise.all([log.close(), view.close()]);
    },
  };
}

async function fill(log: Log, election: string, votes: number): Promise<void> {
  const waiting = Array.from(
    { length: partitions },
    () => [] as Parameters<typeof frameOf>[2][0][],
  );
  let sequence = 0;
  const flush = async (partition: number) => {
    const bytes = frameOf(election, partition, waiting[partition], ++sequence);
    waiting[partition] = [];
    await log.append([{ election, partition, bytes }]);
  };
  for (const { voter, ballotId, choice } of peerVotes(votes)) {
    const voterTag = Buffer.from(voter, "hex");
    const partition = partitionOf(voterTag.readInt32LE(0), partitions);
    const ballot = {
      voterTag,
      ballotId: Buffer.from(ballotId, "hex"),
      receivedAt: Date.now(),
      choice: candidates.indexOf(choice),
    };
    if (waiting[partition].push(ballot) === ballotsPerFrame) await flush(partition);
  }
  for (let partition = 0; partition < partitions; partition++) {
    if (waiting[partition].length > 0) await flush(partition);
  }
}
