import type { Election } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import {
  ballotBytes,
  ballotIdOffset,
  idBytes,
  readBallot,
  tagOffset,
} from "../../core/formats/ballot.js";
import { type DecisionName, decisionNames, rejectionReasons } from "../../core/formats/decision.js";
import type { Segment } from "../../core/formats/segment.js";
import type { LedgerReader } from "../../ledger/port.js";
import { DecisionChain } from "../diff/decision-chain.js";

/** One decision, and where it stands. */
export interface DecisionRow {
  readonly partition: number;
  /** The segment's place in the partition's chain. */
  readonly segment: number;
  /** The ballot's place in the segment, from 0. */
  readonly ballot: number;
  /** 32 hexadecimal digits, as is the ballot's id. */
  readonly voterTag: string;
  readonly ballotId: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** The candidate's place in the election, from 0: it may not exist. */
  readonly choice: number;
  readonly decision: DecisionName;
}

/** What a partition's rows add up to. */
export interface PartitionSums {
  /** By candidate. */
  readonly counts: readonly number[];
  /** In the order of `rejectionReasons`; those without a row are among them. */
  readonly rejections: readonly number[];
  /** Rejections that are only counted, and have no row. */
  readonly unkept: number;
  readonly retriesAbsorbed: number;
}

/**
 * Reads a partition's decisions, a segment's at a time, and holds them against the totals that the
 * chain states of itself.
 *
 * @returns what they add up to
 * @throws VoteError `corrupt-segment` for damage, or totals that the decisions do not make;
 *   `not-sealed` for a chain that still grows
 */
export async function* decisionRows(
  ledger: Pick<LedgerReader, "read">,
  { id, candidates }: Pick<Election, "id" | "candidates">,
  partition: number,
): AsyncGenerator<DecisionRow[], PartitionSums> {
  const chain = new DecisionChain({ name: "the ledger", ledger }, id, partition);
  const counts = candidates.map(() => 0);
  const rejections = rejectionReasons.map(() => 0);
  try {
    for (;;) {
      await chain.readOn();
      if (!Number.isFinite(chain.covered) || chain.last === undefined) break;
      const rows = rowsOf(chain.last, partition);
      for (const { decision, choice } of rows) {
        if (decision === "counted") counts[choice]++;
        else rejections[rejectionReasons.indexOf(decision)]++;
      }
      chain.take(chain.count);
      chain.refused = [];
      yield rows;
    }
  } finally {
    await chain.close();
  }
  if (chain.last === undefined || chain.sealedAt === undefined) throw notSealed(id, partition);
  return sumsOf(chain.last, { counts, rejections }, `election ${id}, partition ${partition}`);
}

/** Writes all ids of a segment in hexadecimal at once: for millions of ballots that counts. */
function rowsOf(
  { sequence: segment, ballots, decisions }: Segment,
  partition: number,
): DecisionRow[] {
  const digits = ballots.toString("hex");
  const idAt = (at: number) => digits.slice(2 * at, 2 * (at + idBytes));
  return Array.from(decisions, (decision, ballot) => {
    const at = ballot * ballotBytes;
    const { receivedAt, choice } = readBallot(ballots, at);
    return {
      partition,
      segment,
      ballot,
      voterTag: idAt(at + tagOffset),
      ballotId: idAt(at + ballotIdOffset),
      receivedAt,
      choice,
      decision: decisionNames[decision],
    };
  });
}

function sumsOf(
  last: Segment,
  { counts, rejections }: Pick<PartitionSums, "counts" | "rejections">,
  place: string,
): PartitionSums {
  const unkept = Array.from(last.unkept);
  const all = rejections.map((kept, index) => kept + unkept[index]);
  const [made, stated] = [
    [...counts, ...all].join(),
    [...Array.from(last.counts), ...Array.from(last.rejections)].join(),
  ];
  if (made !== stated) {
    throw new VoteError("corrupt-segment", `${place}: its decisions do not make its totals.`, {
      hint: "`vote recount` says where they differ.",
    });
  }
  const { retriesAbsorbed } = last;
  return { counts, rejections: all, unkept: unkept.reduce((a, b) => a + b, 0), retriesAbsorbed };
}

/** What is missing behind the chain's end may count. */
function notSealed(id: string, partition: number): VoteError {
  return new VoteError("not-sealed", `Election ${id}, partition ${partition} has no seal yet.`, {
    hint: "Check that a tally is running, then export the table again.",
  });
}
