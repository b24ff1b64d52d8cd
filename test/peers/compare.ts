import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Services, startServices } from "../../src/runtime/local-cluster/services.js";
import { cpuSecondsOfAll } from "../../src/runtime/telemetry/cpu.js";
import { hostFacts } from "../../src/runtime/telemetry/host.js";
import { batchesOf25 } from "./batches-of-25.js";
import { prepareKafkaStreams } from "./kafka-streams.js";
import { prepareOurs } from "./ours.js";
import { type Peer, type Prepared, preparePeer } from "./peer.js";
import { textbook } from "./textbook.js";

/**
 * Our tally against three builds that people write, side by side in one run: the same broker, the
 * same DynamoDB Local and Redis, the same votes in the same order. Votes are in the topic before
 * the clock starts; it stops when all are through or the time is over, joining the group included.
 *
 * DynamoDB Local writes every item to disk for itself, which a peer of many items feels most: so it
 * runs in memory, too.
 *
 *   npx tsx test/peers/compare.ts --seconds 15 --votes 4000000
 *   npx tsx test/peers/compare.ts --build "Kafka Streams" --build "vote tally" --storage memory
 */
interface Row {
  readonly build: string;
  readonly dynamodb: Storage;
  readonly votes: number;
  readonly seconds: number;
  readonly votesPerSecond: number;
  /** This process and all servers. */
  readonly cpuSeconds: number;
  readonly votesPerCpuSecond: number;
}

/** More than either peer gets through in the time. */
const peerVotes = 300_000;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "15" },
    votes: { type: "string", default: "4000000" },
    dir: { type: "string", default: ".vote/peers" },
    build: { type: "string", multiple: true },
    storage: { type: "string", multiple: true, default: ["disk", "memory"] },
  },
});
const seconds = Number(values.seconds);
type Storage = "disk" | "memory";
const rows: Compared[] = [];
for (const storage of values.storage as Storage[])
  rows.push(...besideOurs(await compareOn(storage)));
console.table(rows);
console.log(JSON.stringify({ rows, host: hostFacts() }));

async function compareOn(storage: Storage): Promise<Row[]> {
  const services = await startServices({
    dir: join(values.dir, storage),
    ports: "any",
    endWithParent: true,
    dynamoInMemory: storage === "memory",
    // The peers keep the servers busy for long: Java's own defaults serve them best.
    javaFlags: [],
  });
  const endpoints = {
    brokers: services.endpoints.kafka?.brokers ?? [],
    dynamoEndpoint: services.endpoints.dynamodb?.endpoint ?? "",
    redisUrl: services.endpoints.redis?.url ?? "",
  };
  const settingOf = (name: string, votes = peerVotes) => ({
    ...endpoints,
    topic: name,
    table: name,
    seconds,
    votes,
  });
  const prepare = (name: string, peer: Peer) => preparePeer(peer, settingOf(name));
  const many = Number(values.votes);
  const builds: readonly (readonly [string, () => Promise<Prepared>])[] = [
    ["textbook", () => prepare(`textbook-${Date.now()}`, textbook)],
    ["batches of 25", () => prepare(`batches-${Date.now()}`, batchesOf25)],
    ["Kafka Streams", () => prepareKafkaStreams(settingOf(`streams-${Date.now()}`, many))],
    ["vote tally", () => prepareOurs({ ...endpoints, votes: many, seconds })],
  ];
  const rows: Row[] = [];
  try {
    for (const [build, make] of builds) {
      if (values.build !== undefined && !values.build.includes(build)) continue;
      process.stderr.write(`preparing ${build}, DynamoDB Local on ${storage} ...\n`);
      const prepared = await make();
      process.stderr.write(`measuring ${build} ...\n`);
      const row = { build, dynamodb: storage, ...(await measure(services, prepared)) };
      process.stderr.write(`${JSON.stringify(row)}\n`);
      rows.push(row);
      await prepared.close();
    }
    return rows;
  } finally {
    await services.stop();
  }
}

type Measured = Omit<Row, "build" | "dynamodb">;

async function measure(services: Services, { run, pid }: Prepared): Promise<Measured> {
  const pids = [process.pid, pid ?? 0, ...services.servers.map(({ pid }) => pid)];
  const cpuBefore = await cpuSecondsOfAll(pids);
  const startedAt = performance.now();
  const votes = await run();
  const elapsed = (performance.now() - startedAt) / 1_000;
  const cpuSeconds = (await cpuSecondsOfAll(pids)) - cpuBefore;
  return {
    votes,
    seconds: elapsed,
    votesPerSecond: Math.round(votes / elapsed),
    cpuSeconds,
    votesPerCpuSecond: Math.round(votes / cpuSeconds),
  };
}

interface Compared extends Row {
  readonly oursPerSecondRatio: number;
  readonly oursPerCpuSecondRatio: number;
}

function besideOurs(rows: readonly Row[]): Compared[] {
  const ours = rows[rows.length - 1];
  const tenths = (ratio: number) => Math.round(ratio * 10) / 10;
  return rows.map((row) => ({
    ...row,
    oursPerSecondRatio: tenths(ours.votesPerSecond / row.votesPerSecond),
    oursPerCpuSecondRatio: tenths(ours.votesPerCpuSecond / row.votesPerCpuSecond),
  }));
}
