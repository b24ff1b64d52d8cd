import { hash } from "node:crypto";
import type { Election } from "../election.js";
import { canonicalJson } from "./canonical-json.js";

// A type, not an interface: canonical JSON takes what can have no other members.
export type Definition = {
  readonly id: string;
  readonly instance: string;
  readonly title: string;
  readonly candidates: readonly { readonly id: string; readonly name: string }[];
  readonly partitions: number;
  readonly rule: "first-ballot-counts";
  readonly hours: { readonly opensAt?: number | undefined; readonly closesAt?: number | undefined };
  readonly keyFingerprint: string;
  readonly tokens?: "any-election" | undefined;
};

/**
 * What an election is, once it is open: every segment names the hash of this. What may change while
 * it is open, such as an extended closing time, is in its trail instead.
 */
export function definitionOf(election: Election): Definition {
  const { id, instance, title, candidates, partitions, keyFingerprint, tokens } = election;
  const { hoursAtOpening } = election;
  return {
    id,
    instance,
    title,
    candidates: candidates.map((candidate) => ({ id: candidate.id, name: candidate.name })),
    partitions,
    rule: "first-ballot-counts",
    hours: { opensAt: hoursAtOpening?.opensAt, closesAt: hoursAtOpening?.closesAt },
    keyFingerprint,
    tokens,
  };
}

/** An election's instance as the formats hold it, 16 bytes. */
export function instanceOf({ instance }: Pick<Election, "instance">): Buffer {
  return Buffer.from(instance, "hex");
}

/** SHA-256 over the canonical JSON of an election's definition, 32 bytes. */
export function definitionHash(election: Election): Buffer {
  return hash("sha256", canonicalJson(definitionOf(election)), "buffer");
}
