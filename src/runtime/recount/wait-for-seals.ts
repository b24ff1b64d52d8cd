import { setTimeout as sleep } from "node:timers/promises";
import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { electionClosed } from "../core/formats/decision.js";
import { decodeSegment, type Segment } from "../core/formats/segment.js";
import type { Ledger } from "../ledger/port.js";
import type { Log } from "../log/port.js";
import { describePlace } from "./report.js";

interface WaitForSealsOptions {
  readonly election: Pick<Election, "id" | "partitions">;
  readonly ledger: Ledger;
  /** If given, also waits until the ledger covers everything in the log. */
  readonly log?: Log;
  readonly timeoutMs: number;
  /** Pause between two looks at the ledger. */
  readonly pollMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Resolves once every partition of an election is sealed. A partition whose chain ends in a damaged
 * segment is not waited for: the recount reports the damage exactly.
 *
 * @throws VoteError `not-sealed` after the timeout, naming the partitions without a seal
 */
export async function waitForSeals(options: WaitForSealsOptions): Promise<void> {
  const { election, timeoutMs, pollMs = 50, signal } = options;
  const waiting = new Map<number, PartitionWait>();
  for (let partition = 0; partition < election.partitions; partition++) {
    waiting.set(partition, { lookedAt: -1, sealed: false });
  }
  for (let waitedMs = 0; ; waitedMs += pollMs) {
    for (const [partition, wait] of waiting) {
      if (await isDone(options, partition, wait)) waiting.delete(partition);
    }
    if (waiting.size === 0) return;
    if (waitedMs >= timeoutMs) throw notSealed(election.id, [...waiting.keys()], timeoutMs);
    await sleep(pollMs, undefined, { signal });
  }
}

interface PartitionWait {
  /** Sequence up to which the chain has no seal. */
  lookedAt: number;
  sealed: boolean;
}

async function isDone(
  { election, ledger, log }: WaitForSealsOptions,
  partition: number,
  wait: PartitionWait,
): Promise<boolean> {
  const last = await ledger.last(election.id, partition);
  if (last === undefined) return false;
  try {
    const end = decodeSegment(last, describePlace(election.id, { partition }));
    wait.sealed ||= await hasSeal(ledger, end, wait);
    if (!wait.sealed || log === undefined) return wait.sealed;
    return (await log.read(election.id, partition, end.positionTo, 1)).length === 0;
  } catch (error) {
    if (error instanceof VoteError && error.code === "corrupt-segment") return true;
    throw error;
  }
}

/** Searches backwards: only late ballots follow a seal, so it is near the end. */
async function hasSeal(ledger: Ledger, end: Segment, wait: PartitionWait): Promise<boolean> {
  const { election, partition } = end;
  for (let segment = end; ; ) {
    if (segment.sealed) return true;
    if (segment.decisions.some((decision) => decision !== electionClosed)) break;
    const sequence = segment.sequence - 1;
    if (sequence <= wait.lookedAt) break;
    const bytes = await ledger.get({ election, partition, sequence });
    if (bytes === undefined) break;
    segment = decodeSegment(bytes, describePlace(election, { partition, sequence }));
  }
  wait.lookedAt = end.sequence;
  return false;
}

function notSealed(election: string, missing: readonly number[], timeoutMs: number): VoteError {
  const named = missing.slice(0, 8).join(", ") + (missing.length > 8 ? ", …" : "");
  const where = `${missing.length} partitions (${named})`;
  return new VoteError(
    "not-sealed",
    `Election ${election}: no seal within ${timeoutMs} ms in ${where}.`,
    { hint: "Close the election, and check that a tally is running." },
  );
}
