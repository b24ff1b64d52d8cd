import type { Election } from "../core/election.js";
import type { Signer } from "../core/signers.js";
import { withSigner } from "../core/trust.js";
import type { Actor } from "../registry/port.js";
import type { Engine } from "../wiring/engine.js";
import { requireElection } from "./elections.js";

/**
 * Makes an election trust another host's key.
 *
 * @throws VoteError `unknown-election`, `invalid-election`, `invalid-transition` or
 *   `election-changed`
 */
export async function trustKey(
  engine: Pick<Engine, "registry">,
  id: string,
  { publicKey, use }: Pick<Signer, "publicKey" | "use">,
  actor: Actor,
): Promise<Election> {
  const election = await requireElection(engine, id);
  const trusting = withSigner(election, publicKey, use, actor.at);
  if (trusting !== election) await engine.registry.replace(trusting, actor);
  return trusting;
}
