import type { HttpServer } from "../http/server.js";
import type { TokenVerifier } from "../keys/tokens.js";
import type { BodyBudget } from "./body-budget.js";
import type { Intake } from "./intake.js";

/** What the routes that take ballots share. */
export interface IngestContext extends Intake {
  readonly server: HttpServer;
  readonly verifier: TokenVerifier;
  readonly bodies: BodyBudget;
}
