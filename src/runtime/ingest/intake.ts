import { requireOpen } from "../core/election.js";
import { requireTrusted } from "../core/trust.js";
import type { KeyDirectory } from "../keys/key-directory.js";
import type { Log } from "../log/port.js";
import type { Registry } from "../registry/port.js";
import { systemChance } from "../time/chance.js";
import { systemClock } from "../time/clock.js";
import type { ClockCheck } from "../time/clock-check.js";
import { Deadline } from "./election/deadline.js";
import { type CachedElection, ElectionCache } from "./election/election-cache.js";
import { BallotDraft, type BallotFields } from "./gather/ballot-draft.js";
import { Batcher, type BatcherOptions } from "./gather/batcher.js";

/** What an ingest takes ballots with, and how much of them. */
export interface IntakeOptions
  extends Partial<Omit<BatcherOptions, "producerId" | "framesKey" | "deadline">> {
  readonly log: Log;
  readonly registry: Registry;
  readonly keys: KeyDirectory;
  /** With a wrong clock it takes no ballots. */
  readonly clocks: ClockCheck;
}

/** An ingest without its HTTP server: what checks ballots and makes them durable. */
export async function openIntake(options: IntakeOptions) {
  const { registry, keys, clocks, clock = systemClock, chance = systemChance } = options;
  const framesKey = await keys.signingKey("frames");
  const elections = new ElectionCache({
    registry,
    electionKey: async (election) => {
      const key = await keys.electionKey(election);
      requireTrusted(election, framesKey, "frames");
      return key;
    },
    clock,
  });
  const batcher = new Batcher({
    ...options,
    ...{ clock, chance },
    deadline: new Deadline({ elections, clocks, clock }),
    producerId: chance.bytes(16),
    framesKey,
  });
  return { elections, batcher, draft: new BallotDraft(), clock, clocks };
}

/** See `openIntake`. */
export type Intake = Awaited<ReturnType<typeof openIntake>>;

/**
 * Checks that a ballot for the election can be taken at this moment, whoever sends it.
 *
 * @returns the moment, in milliseconds since the epoch
 * @throws VoteError `clock-error`, `election-not-open`, `election-closed` or `overloaded`
 */
export function requireTaking(
  { batcher, clock, clocks }: Pick<Intake, "batcher" | "clock" | "clocks">,
  { election }: CachedElection,
): number {
  clocks.requireRight();
  const receivedAt = clock.wallClock();
  requireOpen(election, receivedAt);
  batcher.requireRoom(1);
  return receivedAt;
}

/**
 * Checks one voter's ballot, and fills in the draft.
 *
 * @throws VoteError as `requireTaking`, or as the draft does
 */
export function draftBallot(
  intake: Pick<Intake, "batcher" | "draft" | "clock" | "clocks">,
  cached: CachedElection,
  voter: string,
  fields: BallotFields,
): void {
  const receivedAt = requireTaking(intake, cached);
  intake.draft.fill(cached, voter, fields, receivedAt);
}
