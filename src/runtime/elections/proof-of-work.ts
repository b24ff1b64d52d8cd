import { withProofOfWork } from "../core/abuse/proof-of-work.js";
import type { Election } from "../core/election.js";
import type { Actor } from "../registry/port.js";
import type { Engine } from "../wiring/engine.js";
import { requireElection } from "./elections.js";

/**
 * Makes an election ask for a proof of work, or no longer, also while it is open.
 *
 * @throws VoteError `unknown-election`, `invalid-transition` or `election-changed`
 */
export async function askForProof(
  engine: Pick<Engine, "registry">,
  id: string,
  required: boolean,
  actor: Actor,
): Promise<Election> {
  const election = await requireElection(engine, id);
  const changed = withProofOfWork(election, required);
  if (changed !== election) await engine.registry.replace(changed, actor);
  return changed;
}
