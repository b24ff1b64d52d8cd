import type { Trail } from "../contracts/http/election.js";
import { type ElectionHistory, trailFault, trailHead } from "../core/trail.js";

/** The trail with whether it is whole, as `GET …/trail` answers it. */
export function trailOf(election: string, history: ElectionHistory): Trail {
  const { changes } = history;
  const fault = trailFault(history);
  const verdict = { whole: fault === undefined, head: trailHead(changes) };
  return { election, changes, ...verdict, ...(fault === undefined ? {} : { fault }) };
}
