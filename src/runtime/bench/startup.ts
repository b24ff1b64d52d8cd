import { createCipheriv, randomBytes } from "node:crypto";
import { join } from "node:path";
import type { EngineChoice } from "../config/engine-choice.js";
import type { EngineName } from "../contracts/config/vote-yaml.js";
import type { HostFacts } from "../contracts/load/host-facts.js";
import type { Election } from "../core/election.js";
import { emptyTally, foldFrame, type TallyState } from "../core/fold/fold.js";
import { ballotBytes } from "../core/formats/ballot.js";
import { hashBytes } from "../core/formats/bytes.js";
import { definitionHash, instanceOf } from "../core/formats/definition.js";
import {
  allocateFrame,
  ballotsFrame,
  frameHeaderBytes,
  openFrame,
  sealFrame,
} from "../core/formats/frame.js";
import { firstLogDigest, hashOfFrame, nextLogDigest } from "../core/formats/log-digest.js";
import { encodeSegment, firstPreviousHash } from "../core/formats/segment.js";
import { maxBallotsPerFrame } from "../core/limits.js";
import { PartitionTally } from "../tally/partition-tally.js";
import { Snapshots } from "../tally/snapshots/snapshots.js";
import { hostFacts } from "../telemetry/host.js";
import { noWatch, type WorkWatch, watchSeconds } from "../telemetry/work-watch.js";
import { systemClock } from "../time/clock.js";
import type { Engine } from "../wiring/engine.js";
import { scratchElection, withScratchEngine } from "./scratch/scratch.js";
import { type Throughput, timed } from "./scratch/throughput.js";

/** Timed from an empty state until the tally can fold the next frame. */
interface StartupBenchRecord extends Throughput {
  readonly bench: "startup";
  readonly engine: EngineName;
  /** Voters in the chain of the bench's one partition. */
  readonly votes: number;
  /** The same from a snapshot behind the chain's last segment. */
  readonly withSnapshot: Pick<Throughput, "seconds" | "cpuSeconds">;
  readonly residentMiB: number;
  readonly host: HostFacts;
}

interface StartupBenchOptions {
  readonly votes: number;
  readonly engine?: Pick<EngineChoice, "engine" | "config">;
  /** Hears how far it has come. */
  readonly watch?: WorkWatch;
}

/**
 * Times a tally's start: it reads and verifies a chain and rebuilds the dedup tables. Then writes a
 * snapshot, and times a start from that.
 */
export function benchStartup(options: StartupBenchOptions): Promise<StartupBenchRecord> {
  const { votes, engine: wanted = { engine: "embedded" }, watch = noWatch } = options;
  return withScratchEngine(async (engine, { dataDir }) => {
    const id = wanted.engine === "embedded" ? "bench" : `bench-${randomBytes(6).toString("hex")}`;
    const election = await scratchElection(engine, 1, id);
    watch.begin("Making a chain", votes, "voters");
    await writeChain(engine, election, votes, watch);
    const snapshots = () =>
      new Snapshots({ directory: join(dataDir, "snapshots"), events, clock: systemClock });
    const start = (what: string, from?: Snapshots) =>
      watchSeconds(watch, what, undefined, () =>
        timed(votes, () => startTally(engine, election, from)),
      );
    const { result: tally, ...throughput } = await start("Starting a tally");
    const residentMiB = Math.round(process.memoryUsage().rss / 2 ** 20);
    await snapshots().write(tally);
    const { seconds, cpuSeconds } = await start("Starting from a snapshot", snapshots());
    return {
      bench: "startup",
      engine: engine.name,
      votes,
      ...throughput,
      withSnapshot: { seconds, cpuSeconds },
      residentMiB,
      host: hostFacts(),
    };
  }, wanted);
}

const events = { event: () => undefined };

async function startTally(
  { ledger, log }: Pick<Engine, "ledger" | "log">,
  election: Election,
  snapshots: Snapshots | undefined,
): Promise<PartitionTally> {
  const tally = await PartitionTally.load({
    election,
    reread: async () => election,
    partition: 0,
    ledger,
    log,
    events,
    snapshots,
    stopping: new AbortController().signal,
    committed: () => undefined,
  });
  if (tally.position === 0) throw new Error("the chain is empty");
  return tally;
}

/** Writes a chain of distinct voters as a tally would. */
async function writeChain(
  { ledger, log }: Pick<Engine, "ledger" | "log">,
  election: Election,
  votes: number,
  watch: WorkWatch,
): Promise<void> {
  const candidates = election.candidates.length;
  const home = { election: election.id, instance: instanceOf(election), partition: 0 };
  const definition = definitionHash(election);
  let logDigest: Buffer = firstLogDigest;
  const random = createCipheriv("aes-128-ctr", Buffer.alloc(16, 1), Buffer.alloc(16));
  const state: TallyState = emptyTally(candidates, 0, 1);
  let previousHash: Buffer = firstPreviousHash;
  let written = 0;
  for (let sequence = 0; written < votes; sequence++) {
    const count = Math.min(maxBallotsPerFrame, votes - written);
    const ballots = random.update(Buffer.alloc(count * ballotBytes));
    for (let index = 0; index < count; index++) {
      ballots.writeUInt16LE(index % candidates, index * ballotBytes + ballotBytes - 2);
    }
    const buffer = allocateFrame(count);
    ballots.copy(buffer, frameHeaderBytes);
    const header = { kind: ballotsFrame, ...home } as const;
    const producer = { producerId: Buffer.alloc(16), producerSequence: sequence + 1 };
    const frame = openFrame(sealFrame(buffer, { ...header, ...producer }, count), "bench");
    await log.append([{ ...home, bytes: frame.bytes }]);
    const lastRecordHash = hashOfFrame(frame);
    logDigest = nextLogDigest(logDigest, lastRecordHash);
    const decisions = new Uint8Array(count);
    foldFrame(state, frame, decisions);
    const bytes = encodeSegment(
      {
        ...home,
        definitionHash: definition,
        revision: election.revision,
        sequence,
        positionFrom: sequence,
        positionTo: sequence + 1,
        logDigest,
        lastRecordHash,
        sealed: false,
        retriesAbsorbed: 0,
        counts: state.counts,
        rejections: state.rejections,
        unkept: state.unkept,
        refused: [],
        previousHash,
      },
      ballots,
      decisions,
    );
    await ledger.append({ election: election.id, partition: 0, sequence }, bytes);
    previousHash = Buffer.from(bytes.subarray(bytes.length - hashBytes));
    written += count;
    void watch.done(count);
  }
}
