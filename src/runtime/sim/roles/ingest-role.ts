import { VoteError } from "../../core/errors.js";
import type { BallotFields } from "../../ingest/gather/ballot-draft.js";
import type { OpenFrame } from "../../ingest/gather/open-frame.js";
import { draftBallot, type Intake, openIntake } from "../../ingest/intake.js";
import type { RoleScene, RunningRole } from "./supervised.js";

/** What a voter hears: where the ballot stands, or why it was not taken. */
export type BallotAnswer =
  | { readonly position: number; readonly partition: number; readonly receivedAt: number }
  | { readonly refused: string };

/** An ingest, as its HTTP routes use it. */
export interface IngestRole extends RunningRole {
  /** Takes a ballot as `POST /v1/elections/:id/ballots` does. */
  take(election: string, voter: string, fields: BallotFields): Promise<BallotAnswer>;
}

/** Starts an ingest without its HTTP server. */
export async function startIngestRole({ process, engine, chance }: RoleScene): Promise<IngestRole> {
  const { clock } = process;
  const intake = await openIntake({ ...engine, clock, chance });
  return {
    take: (election, voter, fields) => take(intake, election, voter, fields),
    stop: () => intake.batcher.drained(),
  };
}

async function take(
  intake: Intake,
  election: string,
  voter: string,
  fields: BallotFields,
): Promise<BallotAnswer> {
  try {
    intake.batcher.requireRoom(1);
    const cached = intake.elections.fresh(election) ?? (await intake.elections.get(election));
    draftBallot(intake, cached, voter, fields);
    const { receivedAt } = intake.draft;
    const { failure, position, partition } = await new Promise<OpenFrame>((settled) => {
      intake.batcher.add(cached.election, intake.draft, { settled });
    });
    return failure === undefined ? { position, partition, receivedAt } : { refused: failure.code };
  } catch (error) {
    if (error instanceof VoteError) return { refused: error.code };
    throw error;
  }
}
