import { DedupTable } from "../../core/fold/dedup-table.js";
import type { TallyTables } from "../../core/fold/fold.js";
import { decodeSegment, type Segment } from "../../core/formats/segment.js";
import type { Ledger } from "../../ledger/port.js";
import type { OpenSnapshot } from "./snapshot-file.js";
import type { Snapshots } from "./snapshots.js";

interface ReadSnapshotOptions {
  readonly election: string;
  readonly partition: number;
  readonly ledger: Pick<Ledger, "get">;
  readonly snapshots: Snapshots;
  /** Called again and again while it is read. */
  readonly alive: () => void;
}

/** The state behind one segment of the chain. */
interface SnapshotState {
  readonly segment: Segment;
  readonly tables: TallyTables;
  readonly sealed: boolean;
}

/**
 * Reads a partition's snapshot and holds it against the chain: the segment that it names must be
 * there, with that hash, and its totals must be as many as the tables have entries.
 *
 * @returns undefined if there is none, or none that holds: then the whole chain is to be read
 * @throws VoteError `ledger-unavailable`
 */
export async function readSnapshot(
  options: ReadSnapshotOptions,
): Promise<SnapshotState | undefined> {
  const { election, partition, ledger, snapshots } = options;
  const snapshot = await snapshots.open(election, partition);
  if (snapshot === undefined) return undefined;
  try {
    const { sequence } = snapshot.head;
    const bytes = await ledger.get({ election, partition, sequence });
    return await verified(options, snapshot, bytes).catch((error: unknown) => {
      snapshots.ignored(election, partition, error);
      return undefined;
    });
  } finally {
    await snapshot.close();
  }
}

async function verified(
  { election, partition, alive }: ReadSnapshotOptions,
  { head, tables: readTables }: OpenSnapshot,
  bytes: Uint8Array | undefined,
): Promise<SnapshotState> {
  const { sequence } = head;
  if (head.election !== election || head.partition !== partition) {
    throw new Error(`it is of election ${head.election}, partition ${head.partition}`);
  }
  if (bytes === undefined) throw new Error(`the chain has no segment ${sequence}`);
  const place = `election ${election}, partition ${partition}, segment ${sequence}`;
  const segment = decodeSegment(bytes, place);
  if (!segment.hash.equals(head.segmentHash)) {
    throw new Error(`segment ${sequence} of the chain is another one`);
  }
  const tables = await readTables(alive);
  if (tables.length !== 2) throw new Error(`${tables.length} tables`);
  const [voters, rejectedBallots] = tables.map((table) => DedupTable.from(table));
  const rejectedAndKept = sumOf(segment.rejections) - sumOf(segment.unkept);
  if (voters.size !== sumOf(segment.counts) || rejectedBallots.size !== rejectedAndKept) {
    throw new Error(`its tables do not have the totals of segment ${sequence}`);
  }
  return { segment, tables: { voters, rejectedBallots }, sealed: head.sealed };
}

function sumOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0);
}
