import type { Snapshot, WatchedResult } from "./snapshot.js";
import { shownStatus } from "./snapshot.js";

/** How far a result may be trusted, and what becomes of it now. */
export type Standing =
  | "draft"
  | "counting"
  /** It takes no more votes; some are not counted yet. */
  | "closing"
  | "awaiting-recount"
  | "recounting"
  /** The certifier found that something does not agree, and has stopped. */
  | "disputed"
  | "certified"
  /** Open or closed, with votes to count and no tally that would. */
  | "tally-down";

/** Whether the monitor knows where the tallies are, and none of them answers. */
export function tallyIsDown({ roles }: Snapshot): boolean {
  const tallies = roles.filter(({ role }) => role === "tally");
  return tallies.length > 0 && tallies.every(({ state }) => state === "unreachable");
}

/** Where a result stands, as of a snapshot. */
export function standingOf(result: WatchedResult, snapshot: Snapshot | undefined): Standing {
  const status = shownStatus(result);
  if (status === "draft" || status === "certified") return status;
  const done = result.partitions > 0 && result.sealedPartitions === result.partitions;
  if (done && result.recounting === true) return "recounting";
  // Also where damage has left a partition unsealed.
  if (status === "closed" && result.disputed !== undefined) return "disputed";
  if (done) return "awaiting-recount";
  if (snapshot !== undefined && tallyIsDown(snapshot)) return "tally-down";
  return isOver(result, snapshot) ? "closing" : "counting";
}

/** Whether it takes no more votes: a close is announced before it is carried out. */
function isOver({ election, status }: WatchedResult, snapshot: Snapshot | undefined): boolean {
  if (status !== "open" || snapshot === undefined) return status !== "open";
  const listed = snapshot.elections.find(({ id }) => id === election);
  if (listed === undefined) return false;
  return listed.status !== "open" || (listed.closesAt ?? Number.POSITIVE_INFINITY) <= snapshot.at;
}
