/**
 * What a segment would cost with 28 bytes a ballot instead of 41: the voter tag, 8 bytes of the
 * ballot id, the time since the segment's first ballot, choice and decision in a byte each. Both
 * layouts are made from the same ballots, and stored in LMDB and DynamoDB Local in turns:
 *
 *   npx tsx test/measure/compact-segments.ts --ballots 1000000 --in-segment 8000 --turns 3
 */
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ballotBytes, ballotWords } from "../../src/runtime/core/formats/ballot.js";
import { DynamoDb } from "../../src/runtime/dynamodb/client.js";
import { openEnvironment } from "../../src/runtime/embedded/environment.js";
import { DynamoLedger } from "../../src/runtime/ledger/dynamodb.js";
import { EmbeddedLedger } from "../../src/runtime/ledger/embedded.js";
import type { Ledger } from "../../src/runtime/ledger/port.js";
import { startServices } from "../../src/runtime/local-cluster/services.js";
import { readState } from "../../src/runtime/local-cluster/state.js";
import { cpuSecondsOf } from "../../src/runtime/telemetry/cpu.js";

const { values } = parseArgs({
  options: {
    ballots: { type: "string", default: "1000000" },
    "in-segment": { type: "string", default: "8000" },
    turns: { type: "string", default: "3" },
    dir: { type: "string", default: ".vote/peers" },
  },
});
const inSegment = Number(values["in-segment"]);
const segments = Math.ceil(Number(values.ballots) / inSegment);
const ballots = segments * inSegment;
/** Header, the counts of four candidates, and the hash at the end: the same in both. */
const aroundBytes = 240 + 12 * 8 + 32;

/** Frames as a tally has them: random tags and ids, times within a second, four candidates. */
const source = randomBytes(inSegment * ballotBytes);
for (let at = 0; at < source.length; at += ballotBytes) {
  source.writeUIntLE(1_800_000_000_000 + Math.floor(at / inSegment), at + 32, 6);
  source.writeUInt16LE(at % 4, at + 38);
}
const sourceWords = new Int32Array(source.buffer, source.byteOffset, source.length / 4);
const decisions = Buffer.alloc(inSegment);

function hashed(bytes: Buffer): Buffer {
  createHash("sha256")
    .update(bytes.subarray(0, -32))
    .digest()
    .copy(bytes, bytes.length - 32);
  return bytes;
}

const whole = {
  bytes: ballotBytes + 1,
  pack(): Buffer {
    const bytes = Buffer.allocUnsafeSlow(aroundBytes + inSegment * 41);
    bytes.set(source, aroundBytes - 32);
    bytes.set(decisions, aroundBytes - 32 + source.length);
    return hashed(bytes);
  },
  unpack(bytes: Buffer): Int32Array {
    hashed(bytes);
    return new Int32Array(bytes.buffer, aroundBytes - 32, sourceWords.length);
  },
};

/** Columns: tags, halves of ids, times, choices, decisions; so that words stay aligned. */
const compact = {
  bytes: 28,
  pack(): Buffer {
    const bytes = Buffer.allocUnsafeSlow(aroundBytes + inSegment * 28);
    const words = new Int32Array(bytes.buffer, aroundBytes - 32, inSegment * 6);
    const timesAt = inSegment * 24 + aroundBytes - 32;
    const first = sourceWords[8];
    const times = new Uint16Array(bytes.buffer, timesAt, inSegment);
    const choices = new Uint8Array(bytes.buffer, timesAt + inSegment * 2, inSegment);
    for (let index = 0, from = 0, to = 0; index < inSegment; index++, from += ballotWords) {
      for (let word = 0; word < 6; word++) words[to++] = sourceWords[from + word];
      times[index] = sourceWords[from + 8] - first;
      choices[index] = sourceWords[from + 9] >>> 16;
    }
    bytes.set(decisions, timesAt + inSegment * 3);
    return hashed(bytes);
  },
  unpack(bytes: Buffer): Int32Array {
    hashed(bytes);
    const words = new Int32Array(bytes.buffer, aroundBytes - 32, inSegment * 6);
    const timesAt = inSegment * 24 + aroundBytes - 32;
    const times = new Uint16Array(bytes.buffer, timesAt, inSegment);
    const choices = new Uint8Array(bytes.buffer, timesAt + inSegment * 2, inSegment);
    const found = new Int32Array(sourceWords.length);
    for (let index = 0, from = 0, to = 0; index < inSegment; index++, to += ballotWords) {
      for (let word = 0; word < 6; word++) found[to + word] = words[from++];
      found[to + 8] = sourceWords[8] + times[index];
      found[to + 9] = (sourceWords[9] & 0xffff) | (choices[index] << 16);
    }
    return found;
  },
};

/** Nanoseconds of CPU a ballot. */
function cpuOf(work: () => unknown): number {
  const before = process.cpuUsage();
  for (let segment = 0; segment < segments; segment++) work();
  const { user, system } = process.cpuUsage(before);
  return Math.round(((user + system) * 1_000) / ballots);
}

async function store(ledger: Ledger, election: string, segment: Buffer): Promise<void> {
  for (let sequence = 0; sequence < segments; sequence++) {
    await ledger.append({ election, partition: 0, sequence }, segment);
  }
}

/** The server's CPU, ns a ballot, and write units a million ballots. */
async function onDynamoDb(endpoint: string, pid: number, name: string, segment: Buffer) {
  const database = new DynamoDb({ endpoint, region: "us-east-1" });
  const before = (await cpuSecondsOf(pid)) ?? Number.NaN;
  await store(new DynamoLedger(database, database.segmentsTable), name, segment);
  const seconds = ((await cpuSecondsOf(pid)) ?? Number.NaN) - before;
  const { writeUnits } = database.usage();
  database.close();
  return {
    serverNs: Math.round((seconds * 1e9) / ballots),
    units: Math.round((writeUnits * 1e6) / ballots),
  };
}

/** CPU of this process, ns a ballot, with all flushes. */
async function inLmdb(segment: Buffer): Promise<number> {
  const directory = await mkdtemp(join(process.cwd(), ".vote-compact-"));
  const environment = openEnvironment(directory, true);
  const before = process.cpuUsage();
  await store(new EmbeddedLedger(environment), "compact", segment);
  const { user, system } = process.cpuUsage(before);
  await environment.close();
  await rm(directory, { recursive: true });
  return Math.round(((user + system) * 1_000) / ballots);
}

// All but the second half of the ballot ids comes back.
const expected = sourceWords.map((word, at) => (at % 10 === 6 || at % 10 === 7 ? 0 : word));
if (
  Buffer.compare(Buffer.from(expected.buffer), Buffer.from(compact.unpack(compact.pack()).buffer))
)
  throw new Error("Another ballot was unpacked than was packed.");
const layouts = [
  { name: "41 bytes", ...whole },
  { name: "28 bytes", ...compact },
];
const services = await startServices({
  ...{ dir: values.dir, services: ["dynamodb"], ports: "any", endWithParent: true },
});
try {
  const endpoint = services.endpoints.dynamodb?.endpoint ?? "";
  const database = new DynamoDb({ endpoint, region: "us-east-1" });
  await database.ensureTables();
  database.close();
  const server = (await readState(values.dir))?.servers.find(({ name }) => name === "dynamodb");
  const rows = [];
  for (let turn = 0; turn < Number(values.turns); turn++) {
    for (const { name, pack, unpack } of turn % 2 === 0 ? layouts : layouts.toReversed()) {
      const segment = pack();
      rows.push({
        layout: name,
        segmentBytes: segment.length,
        packNs: cpuOf(pack),
        unpackNs: cpuOf(() => unpack(segment)),
        lmdbNs: await inLmdb(segment),
        ...(await onDynamoDb(endpoint, server?.pid ?? 0, `${name[0]}-${turn}`, segment)),
      });
    }
  }
  console.table(rows);
} finally {
  await services.stop();
}
