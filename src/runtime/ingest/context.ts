import type { HttpServer } from "../http/server.js";
import type { TokenVerifier } from "../keys/tokens.js";
import type { Clock } from "../time/clock.js";
import type { ClockCheck } from "../time/clock-check.js";
import type { BodyBudget } from "./body-budget.js";
import type { ElectionCache } from "./election/election-cache.js";
import type { BallotDraft } from "./gather/ballot-draft.js";
import type { Batcher } from "./gather/batcher.js";

/** What the routes that take ballots share. */
export interface IngestContext {
  readonly server: HttpServer;
  readonly verifier: TokenVerifier;
  readonly elections: ElectionCache;
  readonly batcher: Batcher;
  readonly bodies: BodyBudget;
  readonly draft: BallotDraft;
  readonly clock: Clock;
  readonly clocks: ClockCheck;
}
