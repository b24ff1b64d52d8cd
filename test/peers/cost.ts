import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  certifyScratchElection,
  scratchElection,
} from "../../src/runtime/bench/scratch/scratch.js";
import { DynamoDb } from "../../src/runtime/dynamodb/client.js";
import { DynamoLedger } from "../../src/runtime/ledger/dynamodb.js";
import { defaultScenario, overrideScenario } from "../../src/runtime/load/scenario/override.js";
import { startServices } from "../../src/runtime/local-cluster/services.js";
import type { Endpoints } from "../../src/runtime/local-cluster/state.js";
import { runLoadAndReconcile } from "../../src/runtime/system/load/load-run.js";
import { startTally } from "../../src/runtime/tally/tally.js";
import { type Engine, openEngine } from "../../src/runtime/wiring/engine.js";
import { countItems } from "./items.js";

/**
 * What DynamoDB charges for, counted: the segments of real runs at several rates, and the same kind
 * of votes as one conditional item each. Kafka, Redis, reads and storage are not priced.
 *
 *   npx tsx test/peers/cost.ts --rates 250000,10000,1000 --seconds 5 --items 20000
 */
interface Row {
  readonly build: string;
  /** Decided votes. */
  readonly votes: number;
  /** Whole segments, spread over their votes. */
  readonly bytesAVote?: number;
  readonly writeRequests: number;
  readonly writeUnits: number;
  readonly requestsPerMillionVotes: number;
  readonly unitsPerMillionVotes: number;
  readonly dollarsPerMillionVotes: number;
}

/** US dollars, on demand, us-east-1, since 2024-11-01. */
const dollarsPerMillionWriteUnits = 0.625;
const region = "us-east-1";

const { values } = parseArgs({
  options: {
    rates: { type: "string", default: "250000,10000,1000" },
    seconds: { type: "string", default: "5" },
    items: { type: "string", default: "20000" },
    dir: { type: "string", default: ".vote/peers" },
  },
});
const keysDir = await mkdtemp(join(tmpdir(), "vote-cost-"));
const services = await startServices({ dir: values.dir, ports: "any", endWithParent: true });
try {
  const engine = await openOwnEngine(services.endpoints);
  const endpoint = services.endpoints.dynamodb?.endpoint ?? "";
  const rows: Row[] = [];
  for (const rate of values.rates.split(",").map(Number)) {
    process.stderr.write(`segments at ${rate} votes/s ...\n`);
    rows.push(await segmentsAt(rate, Number(values.seconds), engine, endpoint));
  }
  process.stderr.write("one item a vote ...\n");
  const items = await countItems(endpoint, `cost-${Date.now()}`, Number(values.items));
  rows.push(rowOf("one item a vote", items));
  await engine.close();
  console.table(rows);
  console.log(JSON.stringify({ dollarsPerMillionWriteUnits, rows }));
} finally {
  await services.stop();
  await rm(keysDir, { recursive: true, force: true });
}

async function openOwnEngine({ kafka, dynamodb, redis }: Endpoints): Promise<Engine> {
  const database = new DynamoDb({ endpoint: dynamodb?.endpoint, region });
  await database.ensureTables();
  database.close();
  const brokers = kafka?.brokers ?? [];
  return openEngine({
    engine: "cluster",
    cluster: {
      kafka: { brokers, replicationFactor: 1, minInsyncReplicas: 1 },
      dynamodb: { endpoint: dynamodb?.endpoint, region },
      redis: { url: redis?.url ?? "" },
    },
    keysDir,
  });
}

/** Votes at a rate through log and tally; the tally's ledger counts for itself alone. */
async function segmentsAt(rate: number, seconds: number, engine: Engine, endpoint: string) {
  const database = new DynamoDb({ endpoint, region });
  const ledger = new DynamoLedger(database, database.segmentsTable);
  const election = await scratchElection(engine, 8, `cost-${randomBytes(6).toString("hex")}`);
  const tally = await startTally({ ...engine, ledger });
  const overrides = { votesPerSecond: rate, durationSeconds: seconds, via: "log" } as const;
  const scenario = overrideScenario(defaultScenario, overrides);
  const { record } = await runLoadAndReconcile({ engine, election: election.id, scenario });
  const { writeRequests, writeUnits } = database.usage();
  // A count of a run that lost or doubled a vote is no count.
  await certifyScratchElection(engine, election.id);
  await tally.stop();
  database.close();
  if (!record.reconciled) throw new Error(`not reconciled: ${JSON.stringify(record.findings)}`);
  const rejected = Object.values(record.rejected).reduce((sum, count) => sum + count, 0);
  const votes = record.counted + rejected;
  let bytes = 0;
  for (let partition = 0; partition < election.partitions; partition++) {
    for await (const segment of engine.ledger.read(election.id, partition, 0)) {
      bytes += segment.length;
    }
  }
  const bytesAVote = Number((bytes / votes).toFixed(2));
  return rowOf(`segments at ${rate} votes/s`, { votes, bytesAVote, writeRequests, writeUnits });
}

function rowOf(
  build: string,
  counted: Pick<Row, "votes" | "bytesAVote" | "writeRequests" | "writeUnits">,
): Row {
  const perMillion = (count: number) => Math.round((count / counted.votes) * 1_000_000);
  const unitsPerMillionVotes = perMillion(counted.writeUnits);
  const dollars = (unitsPerMillionVotes / 1_000_000) * dollarsPerMillionWriteUnits;
  return {
    build,
    ...counted,
    requestsPerMillionVotes: perMillion(counted.writeRequests),
    unitsPerMillionVotes,
    dollarsPerMillionVotes: Number(dollars.toFixed(4)),
  };
}
