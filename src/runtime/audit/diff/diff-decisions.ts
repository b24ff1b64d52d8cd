import type {
  DecisionDiff,
  Difference,
  DifferenceKind,
} from "../../contracts/audit/decision-diff.js";
import { ballotBytes, ballotIdOffset, idBytes } from "../../core/formats/ballot.js";
import { frameHeaderBytes } from "../../core/formats/frame.js";
import type { LogReader } from "../../log/port.js";
import type { DecisionSource } from "./decision-chain.js";
import { type FoundDifference, PartitionDiff } from "./diff-partition.js";

/** One side of a comparison. */
export interface DecisionSide extends DecisionSource {
  readonly log: Pick<LogReader, "read">;
}

interface DiffOptions {
  readonly election: string;
  readonly a: DecisionSide;
  readonly b: DecisionSide;
  readonly partitions: readonly number[];
  /** Hears of each partition that is done. */
  readonly onPartition?: (partition: number, decisions: number, differences: number) => void;
}

/** So many differences are named; all are counted. */
export const maxNamed = 20;
const readBytes = 1_024 * 1_024;

/**
 * Compares what two ledgers of one election have decided: each ballot, each record that is passed
 * over, the seals and the totals. Memory does not grow with the election.
 *
 * @throws VoteError that a store cannot be read; what is damaged is a difference
 */
export async function diffDecisions(options: DiffOptions): Promise<DecisionDiff> {
  const { election, a, b, partitions, onPartition } = options;
  const named: FoundDifference[] = [];
  const kinds: Partial<Record<DifferenceKind, number>> = {};
  const decisions = { a: 0, b: 0 };
  for (const partition of partitions) {
    let differences = 0;
    const found = (difference: FoundDifference) => {
      differences++;
      kinds[difference.kind] = (kinds[difference.kind] ?? 0) + 1;
      if (named.length < maxNamed) named.push(difference);
    };
    const read = await new PartitionDiff([a, b], { election, partition }, found).run();
    decisions.a += read.a;
    decisions.b += read.b;
    onPartition?.(partition, Math.max(read.a, read.b), differences);
  }
  const differences: Difference[] = [];
  for (const one of named) differences.push(await placed(one, options));
  const equal = differences.length === 0;
  return { election, equal, partitions: partitions.length, decisions, kinds, differences };
}

/** Looks where in the log the ballot of a difference stands. */
async function placed(found: FoundDifference, options: DiffOptions): Promise<Difference> {
  const { ballot, positionFrom, positionTo, ...difference } = found;
  if (ballot === undefined || positionFrom === undefined || positionTo === undefined) {
    return difference;
  }
  const { log } = difference.kind === "only-in-b" ? options.b : options.a;
  const identity = ballot.subarray(0, ballotIdOffset + idBytes);
  for (let from = positionFrom; from < positionTo; ) {
    const records = await log.read(options.election, difference.partition, from, readBytes);
    if (records.length === 0) break;
    for (const { position, bytes } of records) {
      if (position < positionTo && holds(bytes, identity)) return { ...difference, position };
      from = position + 1;
    }
  }
  return difference;
}

function holds(frame: Uint8Array, identity: Buffer): boolean {
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  for (let at = frameHeaderBytes; ; at++) {
    at = bytes.indexOf(identity, at);
    if (at === -1) return false;
    if ((at - frameHeaderBytes) % ballotBytes === 0) return true;
  }
}
