import { hash } from "node:crypto";
import type { Election } from "../core/election.js";
import type { ElectionChange } from "../core/trail.js";
import type { Actor } from "./port.js";

/** Encodes a change for storage. The next change's `previous` is the hash of these bytes. */
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
