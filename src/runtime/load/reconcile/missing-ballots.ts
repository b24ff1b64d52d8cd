import type { Election } from "../../core/election.js";
import type { Segment } from "../../core/formats/segment.js";
import { partitionOf } from "../../core/voter/partition.js";
import { voterTagBytes } from "../../core/voter/voter-tag.js";
import type { LogReader } from "../../log/port.js";
import type { View } from "../../view/port.js";
import type { LoadOutcome } from "../measure/outcome.js";
import type { LoadFindings } from "./findings.js";
import type { CheckedStream } from "./segment-checker.js";
import { hasUnkept, type UnkeptBallots } from "./unkept.js";

/** How far a partition is decided. */
interface Reach {
  /** Everything before this position is decided. */
  readonly decidedTo: number;
  /** The position that the log's next record will get. */
  readonly end: number;
}

/**
 * Reads how far each partition is decided, or was: the view has shown it, though a segment be lost
 * from the chain's end.
 *
 * @param ends each partition's last segment
 */
export async function reachesOf(
  { log, view }: { readonly log: Pick<LogReader, "end">; readonly view: Pick<View, "get"> },
  { id }: Election,
  ends: readonly (Segment | undefined)[],
): Promise<Reach[]> {
  const shown = new Map<number, number>();
  for (const { partition, position } of (await view.get(id)).partitions) {
    shown.set(partition, position);
  }
  return Promise.all(
    ends.map(async (last, partition) => ({
      decidedTo: Math.max(last?.positionTo ?? 0, shown.get(partition) ?? 0),
      end: await log.end(id, partition),
    })),
  );
}

/** Whether the segments have come to the log's end. */
export function isWholeDecided({ decidedTo, end }: Reach): boolean {
  return decidedTo >= end;
}

/**
 * Judges the ballots that were acknowledged and are in no segment. One whose place no segment has
 * passed is undecided: its tally has not come so far. Any other is lost, which makes a finding,
 * unless it is one that no segment keeps.
 *
 * @returns how many are undecided; the streams have them by choice
 */
export function judgeMissing(
  outcome: LoadOutcome,
  election: Election,
  streams: readonly CheckedStream[],
  reaches: readonly Reach[],
  findings: LoadFindings,
  unkept: UnkeptBallots,
): number {
  let undecided = 0;
  streams.forEach((stream, number) => {
    const { name, account, decided, timesOf } = stream;
    const { plan } = account;
    const { journal } = outcome.streams[number];
    account.acknowledgedBallots.forEachMissingFrom(decided, (index) => {
      const ids = plan.idsOf(Int32Array.of(index, 0, 0, 0));
      const voter = account.voterOf(index, ids, 0);
      const home = partitionFor(stream, voter, election);
      const place = journal.find(index, home);
      const partition = place?.partition ?? home;
      if (isUndecided(reaches, partition, place?.position)) {
        undecided++;
        if (account.secondVotes.has(index)) stream.undecidedSecondVotes++;
        else stream.undecidedFirstVotes[plan.choiceAt(ids, 0)]++;
        return;
      }
      const isSecond = account.secondVotes.has(index);
      if (isSecond && partition !== undefined && hasUnkept(stream.rejectedOfBots, voter)) {
        unkept.addOwn(partition);
        return;
      }
      findings.add("lost", () => {
        const ballotId = plan.idOf(index).toString("hex");
        const at =
          place?.position === undefined
            ? ""
            : ` at partition ${place.partition}, position ${place.position}`;
        return {
          detail: `ballot ${ballotId} was acknowledged${at} and is in no segment`,
          ballotId,
          stream: name,
          index,
          partition,
          position: place?.position,
          ...timesOf(index, partition ?? 0),
        };
      });
    });
  });
  return undecided;
}

/** A position beyond the log's end was never in it. Without a place, any partition may have it. */
function isUndecided(
  reaches: readonly Reach[],
  partition: number | undefined,
  position: number | undefined,
): boolean {
  if (partition === undefined) return !reaches.every(isWholeDecided);
  const { decidedTo, end } = reaches[partition];
  return position === undefined ? decidedTo < end : decidedTo <= position && position < end;
}

const tag = Buffer.alloc(voterTagBytes);

/** The partition of a voter's ballots; undefined where the tags are not known. */
function partitionFor(
  { account, checksVoter, writeTag }: CheckedStream,
  voter: number,
  { partitions }: Election,
): number | undefined {
  if (!checksVoter) return undefined;
  if (writeTag === undefined) {
    return partitionOf(account.plan.tagsOf(Int32Array.of(voter, 0, 0, 0))[0], partitions);
  }
  writeTag(voter, tag);
  return partitionOf(tag.readInt32LE(0), partitions);
}
