import type { Election } from "./election.js";
import { VoteError } from "./errors.js";
import { maxVoided } from "./limits.js";
import { isPrintable } from "./printable.js";
import { requireRoomFor } from "./record-size.js";
import type { VoidedRecord } from "./voided-record.js";

/** The election's entry that voids this record, its signature not verified yet. */
export function voidedAt(
  { voided }: Pick<Election, "voided">,
  partition: number,
  position: number,
  hash: Uint8Array,
): VoidedRecord | undefined {
  const hex = Buffer.from(hash).toString("hex");
  return voided.find(
    (one) => one.partition === partition && one.position === position && one.hash === hex,
  );
}

const maxReasonLength = 500;

/** @throws VoteError `invalid-election` for a reason that says nothing, or cannot be shown */
export function requireReason(reason: string): void {
  if (reason.trim() !== "" && reason.length <= maxReasonLength && isPrintable(reason)) return;
  throw new VoteError("invalid-election", "The reason is not one that can be kept.", {
    hint: `Say in 1 to ${maxReasonLength} characters, without line breaks, why.`,
  });
}

/**
 * Adds a record to those that are void.
 *
 * @throws VoteError `invalid-transition` unless the election is open or closed;
 *   `invalid-election` for more than the election's record has room for
 */
export function withVoided(election: Election, record: VoidedRecord): Election {
  const { id, status, voided, revision } = election;
  if (status !== "open" && status !== "closed") {
    throw new VoteError("invalid-transition", `Election ${id} is ${status}.`, {
      hint: "Records are voided while it is open, or closed and not yet certified.",
    });
  }
  if (voided.length >= maxVoided) {
    throw new VoteError("invalid-election", `Election ${id} has ${voided.length} void records.`, {
      hint: "So much damage is a lost log: restore it from a copy.",
    });
  }
  const next = { ...election, voided: [...voided, record], revision: revision + 1 };
  requireRoomFor(next);
  return next;
}
