import type { GatewayWord } from "../admin/election-admin.js";
import { withGateway } from "../core/abuse/gateways.js";
import type { Election } from "../core/election.js";
import type { Actor } from "../registry/port.js";
import type { Engine } from "../wiring/engine.js";
import { requireElection } from "./elections.js";

/**
 * Suspends a gateway, or lets it in again. Each ingest knows when it reads the election's record
 * again.
 *
 * @throws VoteError `unknown-election`, `invalid-election`, `invalid-transition` or
 *   `election-changed`
 */
export async function judgeGateway(
  engine: Pick<Engine, "registry">,
  id: string,
  word: GatewayWord,
  actor: Actor,
): Promise<Election> {
  const election = await requireElection(engine, id);
  const judged = withGateway(election, { ...word, at: actor.at });
  if (judged !== election) await engine.registry.replace(judged, actor);
  return judged;
}
