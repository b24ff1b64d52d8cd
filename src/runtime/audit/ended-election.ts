import { type Election, hasEnded } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { verifiedElection } from "../core/trail.js";
import type { RegistryReader } from "../registry/port.js";

/**
 * Reads an election by its verified trail.
 *
 * @throws VoteError `unknown-election` or `corrupt-registry`
 */
export async function electionOf(registry: RegistryReader, id: string): Promise<Election> {
  const election = verifiedElection(id, await registry.history(id));
  if (election !== undefined) return election;
  throw new VoteError("unknown-election", `There is no election ${id.slice(0, 80)}.`, {
    hint: "`vote election list` shows those that exist.",
  });
}

/**
 * Reads an election to which nothing is added any more.
 *
 * @param done "exported"
 * @throws VoteError as `electionOf` does; `election-not-closed`
 */
export async function endedElection(
  registry: RegistryReader,
  id: string,
  done: string,
): Promise<Election> {
  const election = await electionOf(registry, id);
  if (hasEnded(election)) return election;
  throw new VoteError("election-not-closed", `Election ${id} is ${election.status}.`, {
    hint: `What is still being voted cannot be ${done} as a whole.`,
  });
}
