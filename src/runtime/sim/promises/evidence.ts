import type { Election } from "../../core/election.js";
import { ballotBytes, readBallot } from "../../core/formats/ballot.js";
import { counted, decisionNames, electionClosed } from "../../core/formats/decision.js";
import { decodeSegment, type Segment } from "../../core/formats/segment.js";
import { directWire } from "../../time/wire.js";
import type { MemoryStores } from "../../wiring/memory-engines.js";

/** What became of one ballot, as a segment says it. */
export interface Decided {
  readonly ballotId: string;
  readonly voterTag: string;
  readonly choice: number;
  readonly decision: number;
  readonly partition: number;
  readonly sequence: number;
}

/** An item of a table, as it is stored. */
export type Item = ReturnType<MemoryStores["content"]["tables"]["items"]>[number];

/** All segments of one partition, as they are stored. */
export function segmentsOf(stores: MemoryStores, election: string, partition: number): Segment[] {
  return chainOf(stores, election, partition).map((item, sequence) =>
    decoded(item, `partition ${partition}, segment ${sequence}`),
  );
}

/** One segment as it is stored, if there is one. */
export function segmentAt(
  stores: MemoryStores,
  election: string,
  partition: number,
  sequence: number,
): Segment | undefined {
  const item = chainOf(stores, election, partition)[sequence];
  return item && decoded(item, `partition ${partition}, segment ${sequence}`);
}

const chainOf = ({ content }: MemoryStores, election: string, partition: number) =>
  content.tables.items("segments", `${election}#${partition}`);

const decoded = ({ segment }: Item, place: string) =>
  decodeSegment("B" in segment ? segment.B : new Uint8Array(), place);

/** All decisions of an election, in the order of partitions and sequences. */
export function decisionsOf(stores: MemoryStores, { id, partitions }: Election): Decided[] {
  const decided: Decided[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    for (const segment of segmentsOf(stores, id, partition)) {
      const ballots = Buffer.from(segment.ballots);
      for (let index = 0; index < segment.ballotCount; index++) {
        const { ballotId, voterTag, choice } = readBallot(ballots, index * ballotBytes);
        const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
        decided.push({
          ...{ ballotId: hex(ballotId), voterTag: hex(voterTag), choice, partition },
          ...{ decision: segment.decisions[index], sequence: segment.sequence },
        });
      }
    }
  }
  return decided;
}

/** Whether a ballot was counted. */
export const isCounted = ({ decision }: Decided): boolean => decision === counted;
/** Whether a ballot came after the close marker. */
export const isClosedOut = ({ decision }: Decided): boolean => decision === electionClosed;
/** What became of a ballot, in words. */
export const nameOf = ({ decision }: Decided): string => decisionNames[decision] ?? `${decision}`;

/** Reaches stores without any network. */
export const auditWire = directWire;
