import { hash } from "node:crypto";
import type { Election } from "../core/election.js";
import type { Actor, ElectionChange } from "./port.js";

/** A change as it is stored: its bytes are what the next one's `previous` is the hash of. */
export function encodeChange(
  election: Election,
  actor: Actor | undefined,
  previous: Uint8Array | string | undefined,
): string {
  const { by, at } = actor ?? { by: "unknown", at: newestTimeOf(election) };
  const change: ElectionChange = {
    election,
    by,
    at,
    previous: previous === undefined ? "" : hash("sha256", previous),
  };
  return JSON.stringify(change);
}

function newestTimeOf({ createdAt, openedAt, closedAt, certifiedAt }: Election): number {
  return certifiedAt ?? closedAt ?? openedAt ?? createdAt;
}

export function decodeChange(stored: Uint8Array | string): ElectionChange {
  return JSON.parse(typeof stored === "string" ? stored : Buffer.from(stored).toString());
}
