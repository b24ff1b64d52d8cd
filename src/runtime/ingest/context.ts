import { VoteError } from "../core/errors.js";
import type { HttpServer } from "../http/server.js";
import type { TokenVerifier } from "../keys/tokens.js";
import type { BallotDraft } from "./ballot-draft.js";
import type { Batcher } from "./batcher.js";
import type { Polls } from "./election-cache.js";

/** What the routes that take ballots share. */
export interface Intake {
  readonly server: HttpServer;
  readonly verifier: TokenVerifier;
  readonly polls: Polls;
  readonly batcher: Batcher;
  readonly draft: BallotDraft;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Puts the client's ballot id into the draft, or a new one if it gave none.
 *
 * @returns its text
 * @throws VoteError `invalid-ballot`
 */
export function putBallotId(draft: BallotDraft, given: unknown): string {
  if (given === undefined || given === null) return draft.setRandomBallotId();
  if (typeof given === "string" && draft.setBallotId(given)) return given;
  throw new VoteError("invalid-ballot", "The ballot id is not valid.", {
    hint: "ballotId is 32 lower-case hexadecimal digits, at random; or leave it out.",
  });
}
