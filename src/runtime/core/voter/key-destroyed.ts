import type { Election, KeyDestruction } from "../election.js";
import { VoteError } from "../errors.js";

/** @throws VoteError `invalid-transition` unless the election is certified */
export function requireCertified({ id, status }: Election): void {
  if (status === "certified") return;
  throw new VoteError("invalid-transition", `Election ${id} is ${status}, not certified.`, {
    hint: "Its voter key is needed until then. `vote recount` certifies a closed election.",
  });
}

/**
 * Notes that a host has destroyed its copy of the voter key.
 *
 * @returns the same election if the host has done so before
 * @throws VoteError `invalid-transition` unless the election is certified
 */
export function withKeyDestroyed(election: Election, { host, at }: KeyDestruction): Election {
  requireCertified(election);
  const { keyDestroyed = [], revision } = election;
  if (keyDestroyed.some((one) => one.host === host)) return election;
  return { ...election, keyDestroyed: [...keyDestroyed, { host, at }], revision: revision + 1 };
}
