import { ballotBytes } from "../core/formats/ballot.js";
import { hashBytes } from "../core/formats/bytes.js";
import { ballotsOffset, maxBallotsPerSegment } from "../core/formats/segment.js";
import { maxBallotsPerFrame, maxPartitions } from "../core/limits.js";
import type { ConstantName } from "./constants.js";
import { fewestProcesses, type PlanInput } from "./input.js";

type Value = (name: ConstantName) => number;

interface CommitFlow {
  /** Segments a second, over all partitions. */
  readonly commits: number;
  /** Write units a second, over all partitions. */
  readonly units: number;
  /** Bytes of segments a second, over all partitions. */
  readonly bytes: number;
}

interface FlowOptions {
  readonly partitions: number;
  readonly candidates: number;
  readonly value: Value;
}

/**
 * Computes the tallies' commits. A partition commits at most once in `commitIntervalMs`, unless a
 * segment is full, so segments fill with the load: at least one ballot, at most what fits.
 */
export function flowAt(votesPerSecond: number, options: FlowOptions): CommitFlow {
  const { partitions, candidates, value } = options;
  const rate = votesPerSecond / partitions;
  const intervalMs = Math.max(value("commitIntervalMs"), value("commitMs"));
  const most = Math.min(rate, 1_000 / intervalMs);
  const commits = Math.max(most, rate / maxBallotsPerSegment(candidates));
  const ballots = commits === 0 ? 0 : rate / commits;
  const bytes = ballotsOffset(candidates) + hashBytes + ballots * (ballotBytes + 1);
  return {
    commits: commits * partitions,
    units: commits * partitions * Math.ceil(bytes / value("unitBytes")),
    bytes: commits * partitions * bytes,
  };
}

/**
 * Computes the frames a second. Frames fill with the load as well: each ingest writes one frame to
 * each partition in each gathering time, or one for each ballot if fewer arrive.
 */
export function framesPerSecond(
  votesPerSecond: number,
  ingests: number,
  partitions: number,
  value: Value,
): number {
  const most = (ingests * partitions * 1_000) / value("gatherMs");
  return Math.max(Math.min(votesPerSecond, most), votesPerSecond / maxBallotsPerFrame);
}

/**
 * Computes how long one partition key takes to hand out its bytes: DynamoDB bounds the read units
 * of a key, however many readers ask.
 */
export function readSeconds(bytes: number, value: Value): number {
  return bytes / (value("readUnitsPerPartition") * value("readUnitBytes"));
}

/** Computes the cores that the tallies keep busy with folding votes and inserting segments. */
export function tallyCores(votesPerSecond: number, options: FlowOptions): number {
  const { value } = options;
  const { commits } = flowAt(votesPerSecond, options);
  const folding = votesPerSecond / value("tallyVotesPerCpuSecond");
  return folding + commits / value("commitsPerCpuSecond");
}

/**
 * Finds the fewest partitions, a power of two and at least two, that keep each partition key
 * within its write units and give every tally a partition.
 */
export function recommendedPartitions(
  votesPerSecond: number,
  { candidates, utilization }: Pick<PlanInput, "candidates" | "utilization">,
  value: Value,
): { partitions: number; isEnough: boolean } {
  for (let partitions = fewestProcesses; partitions <= maxPartitions; partitions *= 2) {
    const options = { partitions, candidates, value };
    const { units } = flowAt(votesPerSecond, options);
    const tallies = Math.ceil(tallyCores(votesPerSecond, options) / utilization);
    const fits = units / partitions <= value("unitsPerPartition") * utilization;
    if (fits && tallies <= partitions) return { partitions, isEnough: true };
  }
  return { partitions: maxPartitions, isEnough: false };
}
