import { createCipheriv } from "node:crypto";
import type { HostFacts } from "../contracts/load/host-facts.js";
import { emptyTally, foldFrame, type TallyState } from "../core/fold/fold.js";
import { ballotBytes } from "../core/formats/ballot.js";
import {
  allocateFrame,
  ballotsFrame,
  frameHeaderBytes,
  openFrame,
  sealFrame,
} from "../core/formats/frame.js";
import { encodeSegment, firstPreviousHash, hashBytes } from "../core/formats/segment.js";
import { maxBallotsPerFrame } from "../core/limits.js";
import type { Ledger } from "../ledger/port.js";
import { PartitionTally } from "../tally/partition-tally.js";
import { hostFacts } from "../telemetry/host.js";
import { withScratchEngine } from "./scratch/scratch.js";

export interface StartupBenchRecord {
  readonly bench: "startup";
  readonly engine: "embedded";
  /** Voters in the chain of the bench's one partition. */
  readonly votes: number;
  /** From an empty state until the tally can fold the next frame. */
  readonly seconds: number;
  readonly votesPerSecond: number;
  readonly cpuSeconds: number;
  readonly votesPerCpuSecond: number;
  readonly residentMiB: number;
  readonly host: HostFacts;
}

const election = "bench";
const candidates = 3;

/** Times a tally's start: it reads and verifies a chain and rebuilds the dedup table. */
export function benchStartup({ votes }: { votes: number }): Promise<StartupBenchRecord> {
  return withScratchEngine(async ({ ledger }) => {
    await writeChain(ledger, votes);
    const cpuBefore = process.cpuUsage();
    const startedAt = performance.now();
    const tally = await PartitionTally.load({
      election,
      partition: 0,
      candidates,
      ledger,
      events: { event: () => undefined },
      stopping: new AbortController().signal,
      committed: () => undefined,
    });
    const seconds = (performance.now() - startedAt) / 1_000;
    const cpu = process.cpuUsage(cpuBefore);
    if (tally.position === 0) throw new Error("the chain is empty");
    const cpuSeconds = (cpu.user + cpu.system) / 1e6;
    return {
      bench: "startup",
      engine: "embedded",
      votes,
      seconds,
      votesPerSecond: votes / seconds,
      cpuSeconds,
      votesPerCpuSecond: votes / cpuSeconds,
      residentMiB: Math.round(process.memoryUsage().rss / 2 ** 20),
      host: hostFacts(),
    };
  });
}

/** Writes a chain of distinct voters as a tally would. */
async function writeChain(ledger: Ledger, votes: number): Promise<void> {
  const random = createCipheriv("aes-128-ctr", Buffer.alloc(16, 1), Buffer.alloc(16));
  const state: TallyState = emptyTally(candidates);
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
    const header = { kind: ballotsFrame, election, partition: 0 } as const;
    const producer = { producerId: Buffer.alloc(16), producerSequence: sequence + 1 };
    const frame = openFrame(sealFrame(buffer, { ...header, ...producer }, count), "bench");
    const decisions = new Uint8Array(count);
    foldFrame(state, frame, decisions);
    const bytes = encodeSegment(
      {
        election,
        partition: 0,
        sequence,
        positionFrom: sequence,
        positionTo: sequence + 1,
        sealed: false,
        retriesAbsorbed: 0,
        counts: state.counts,
        rejections: state.rejections,
        previousHash,
      },
      ballots,
      decisions,
    );
    await ledger.append({ election, partition: 0, sequence }, bytes);
    previousHash = Buffer.from(bytes.subarray(bytes.length - hashBytes));
    written += count;
  }
}
