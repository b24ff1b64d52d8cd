import { hash } from "node:crypto";
import type { Trail } from "../contracts/http/election.js";
import type { ElectionChange } from "../registry/port.js";

/** The trail with whether it is whole, as `GET …/trail` answers it. */
export function trailOf(election: string, changes: readonly ElectionChange[]): Trail {
  return { election, changes, whole: brokenAt(changes) === undefined };
}

/**
 * Checks that a trail is whole: revisions without a gap, each holding the hash of the one before.
 *
 * @returns the first revision that does not fit; undefined for a whole trail
 */
export function brokenAt(trail: readonly ElectionChange[]): number | undefined {
  let previous = "";
  for (const [index, change] of trail.entries()) {
    const { revision } = change.election;
    if (revision !== index + 1 || change.previous !== previous) return index + 1;
    previous = hash("sha256", JSON.stringify(change));
  }
  return undefined;
}
