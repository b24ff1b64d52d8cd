import { ballotBytes, readBallot } from "../../core/formats/ballot.js";
import { decisionNames } from "../../core/formats/decision.js";
import { decodeSegment, type Segment } from "../../core/formats/segment.js";
import type { LedgerReader } from "../../ledger/port.js";
import type { Engine } from "../../wiring/engine.js";

/** Reads a partition's chain, verifying each segment on its own. */
export async function* segmentsOf(
  ledger: LedgerReader,
  election: string,
  partition: number,
): AsyncGenerator<Segment> {
  let sequence = 0;
  for await (const bytes of ledger.read(election, partition, 0)) {
    yield decodeSegment(bytes, `${election}, partition ${partition}, segment ${sequence++}`);
  }
}

/** A ballot, and what was decided of it; ids in hexadecimal. */
export interface BallotDecision {
  readonly ballotId: string;
  readonly voterTag: string;
  readonly decision: string;
}

/** Reads a partition's ballots with their decisions, in the order of the chain. */
export async function decisionsOf(
  { ledger }: Pick<Engine, "ledger">,
  election: string,
  partition: number,
): Promise<BallotDecision[]> {
  const found: BallotDecision[] = [];
  for await (const { decisions, ballots } of segmentsOf(ledger, election, partition)) {
    for (const [index, decision] of decisions.entries()) {
      const { ballotId, voterTag } = readBallot(ballots, index * ballotBytes);
      found.push({
        ballotId: Buffer.from(ballotId).toString("hex"),
        voterTag: Buffer.from(voterTag).toString("hex"),
        decision: decisionNames[decision],
      });
    }
  }
  return found;
}
