import type { HttpServer } from "../http/server.js";
import type { TokenVerifier } from "../keys/authentication/token-verifier.js";
import type { BallotLimits } from "./ballot-limits.js";
import type { BodyBudget } from "./bodies/body-budget.js";
import type { GatewayShares } from "./gateway-shares.js";
import type { Intake } from "./intake.js";
import type { ProofGate } from "./proof-of-work.js";

/** What the routes that take ballots share. */
export interface IngestContext extends Intake {
  readonly server: HttpServer;
  readonly verifier: TokenVerifier;
  readonly bodies: BodyBudget;
  readonly limits: BallotLimits;
  readonly gateways: GatewayShares;
  readonly proofs: ProofGate;
  /** Throws, before anything of a request is read, if there is no room for it. */
  readonly admit: () => void;
}
