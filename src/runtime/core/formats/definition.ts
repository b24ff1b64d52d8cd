import { hash } from "node:crypto";
import type { Election } from "../election.js";
import { type CanonicalValue, canonicalJson } from "./canonical-json.js";

/**
 * What an election is, once it is open: every segment names the hash of this. What may change while
 * it is open, such as an extended closing time, is in its trail instead.
 */
export function definitionOf(election: Election) {
  const { id, instance, title, candidates, partitions, keyFingerprint, hoursAtOpening } = election;
  return {
    id,
    instance,
    title,
    candidates: candidates.map((candidate) => ({ id: candidate.id, name: candidate.name })),
    partitions,
    rule: "first-ballot-counts",
    hours: { opensAt: hoursAtOpening?.opensAt, closesAt: hoursAtOpening?.closesAt },
    keyFingerprint,
  } satisfies CanonicalValue;
}

/** An election's instance as the formats hold it, 16 bytes. */
export function instanceOf({ instance }: Pick<Election, "instance">): Buffer {
  return Buffer.from(instance, "hex");
}

/** SHA-256 over the canonical JSON of an election's definition, 32 bytes. */
export function definitionHash(election: Election): Buffer {
  return hash("sha256", canonicalJson(definitionOf(election)), "buffer");
}
