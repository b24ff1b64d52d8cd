import type { Dispute, DisputedPlace } from "../../core/dispute.js";
import type { Election } from "../../core/election.js";
import type { VoteError } from "../../core/errors.js";
import type { Registry } from "../../registry/port.js";
import { type BackoffOptions, backoffMs } from "../../time/backoff.js";
import type { Chance } from "../../time/chance.js";
import type { Clock } from "../../time/clock.js";
import { isMismatch, Mismatch } from "../findings/mismatch.js";

interface DisputeWorld {
  readonly registry: Pick<Registry, "putDispute" | "getDispute">;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly signal: AbortSignal;
  readonly by?: string | undefined;
  /** Hears why the last attempt failed. */
  readonly notStored: (error: unknown) => void;
}

const attempts = 5;
const pauses: BackoffOptions = { firstMs: 1_000, maxMs: 10_000 };

/**
 * Says in the registry that an election's result is held, and why: whoever looks at the result sees
 * it. The same dispute, found again after a restart, keeps its time. Where it cannot be stored, the
 * certifier's log and its status say so.
 */
export async function recordDispute(
  { id, revision }: Pick<Election, "id" | "revision">,
  error: VoteError,
  { registry, clock, chance, signal, by = "certifier", notStored }: DisputeWorld,
): Promise<void> {
  const { finding, place } = foundBy(error);
  const at = clock.wallClock();
  const dispute: Dispute = {
    ...{ election: id, revision, at, by, finding },
    ...place,
    detail: error.message,
  };
  for (let attempt = 1; ; attempt++) {
    try {
      const stored = await registry.getDispute(id).catch(unlessDamaged);
      if (stored === undefined || !isSame(stored, dispute)) await registry.putDispute(dispute);
      return;
    } catch (failure) {
      if (attempt === attempts || signal.aborted) return notStored(failure);
    }
    await clock.sleep(
      backoffMs(attempt, pauses, () => chance.random()),
      signal,
    );
  }
}

/** A damaged dispute is no reason against a new one. */
function unlessDamaged(error: unknown): undefined {
  if (!isMismatch(error)) throw error;
}

const sameness = [
  "revision",
  "finding",
  "change",
  "partition",
  "segment",
  "ballot",
  "position",
] as const;

function isSame(one: Dispute, other: Dispute): boolean {
  return sameness.every((field) => one[field] === other[field]);
}

/** A ballot's id stays with the operators: its place says enough. */
function foundBy(error: VoteError): { readonly finding: string; readonly place: DisputedPlace } {
  if (!(error instanceof Mismatch)) return { finding: error.code, place: {} };
  const { change, partition, sequence, index, position } = error.place;
  const all = { change, partition, segment: sequence, ballot: index, position };
  const known = Object.entries(all).filter(([, number]) => number !== undefined);
  return { finding: error.finding, place: Object.fromEntries(known) };
}
