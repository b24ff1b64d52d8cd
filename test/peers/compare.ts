import { parseArgs } from "node:util";
import { startServices } from "../../src/runtime/services/services.js";
import { cpuSecondsOfAll } from "../../src/runtime/telemetry/cpu.js";
import { hostFacts } from "../../src/runtime/telemetry/host.js";
import { batchesOf25 } from "./batches-of-25.js";
import { prepareOurs } from "./ours.js";
import { type Peer, type Prepared, preparePeer } from "./peer.js";
import { textbook } from "./textbook.js";

/**
 * Our tally against two builds that people write, side by side in one run: the same broker, the
 * same DynamoDB Local and Redis, the same votes in the same order. Votes are in the topic before
 * the clock starts; it stops when all are through or the time is over, joining the group included.
 *
 *   npx tsx test/peers/compare.ts --seconds 15 --votes 4000000
 */
interface Row {
  readonly build: string;
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
  },
});
const seconds = Number(values.seconds);
const services = await startServices({ dir: values.dir, ports: "any", endWithParent: true });
const endpoints = {
  brokers: services.endpoints.kafka?.brokers ?? [],
  dynamoEndpoint: services.endpoints.dynamodb?.endpoint ?? "",
  redisUrl: services.endpoints.redis?.url ?? "",
};
try {
  const prepare = (name: string, peer: Peer) =>
    preparePeer(peer, { ...endpoints, topic: name, table: name, seconds, votes: peerVotes });
  const builds: readonly (readonly [string, () => Promise<Prepared>])[] = [
    ["textbook", () => prepare(`textbook-${Date.now()}`, textbook)],
    ["batches of 25", () => prepare(`batches-${Date.now()}`, batchesOf25)],
    ["vote tally", () => prepareOurs({ ...endpoints, votes: Number(values.votes), seconds })],
  ];
  const rows: Row[] = [];
  for (const [build, make] of builds) {
    process.stderr.write(`preparing ${build} ...\n`);
    const prepared = await make();
    process.stderr.write(`measuring ${build} ...\n`);
    rows.push(await measure(build, prepared));
    await prepared.close();
  }
  print(rows);
} finally {
  await services.stop();
}

async function measure(build: string, { run }: Prepared): Promise<Row> {
  const pids = [process.pid, ...services.servers.map(({ pid }) => pid)];
  const cpuBefore = await cpuSecondsOfAll(pids);
  const startedAt = performance.now();
  const votes = await run();
  const elapsed = (performance.now() - startedAt) / 1_000;
  const cpuSeconds = (await cpuSecondsOfAll(pids)) - cpuBefore;
  return {
    build,
    votes,
    seconds: elapsed,
    votesPerSecond: Math.round(votes / elapsed),
    cpuSeconds,
    votesPerCpuSecond: Math.round(votes / cpuSeconds),
  };
}

function print(rows: readonly Row[]): void {
  const ours = rows[rows.length - 1];
  const compared = rows.map((row) => ({
    ...row,
    oursPerSecondRatio: Math.round((ours.votesPerSecond / row.votesPerSecond) * 10) / 10,
    oursPerCpuSecondRatio: Math.round((ours.votesPerCpuSecond / row.votesPerCpuSecond) * 10) / 10,
  }));
  console.table(compared);
  console.log(JSON.stringify({ rows: compared, host: hostFacts() }));
}
