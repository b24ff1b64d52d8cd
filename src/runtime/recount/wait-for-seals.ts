import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { electionClosed } from "../core/formats/decision.js";
import { decodeSegment, type Segment } from "../core/formats/segment.js";
import type { LedgerReader } from "../ledger/port.js";
import type { LogReader } from "../log/port.js";
import { type Clock, systemClock } from "../time/clock.js";
import { describePlace } from "./findings/report.js";

interface WaitForSealsOptions {
  readonly election: Pick<Election, "id" | "partitions">;
  readonly ledger: LedgerReader;
  /** If given, also waits until the ledger covers everything in the log. */
  readonly log?: LogReader;
  readonly timeoutMs: number;
  /** Pause between two looks at the ledger. */
  readonly pollMs?: number;
  readonly signal?: AbortSignal;
  /** Default: the machine's. */
  readonly clock?: Clock | undefined;
}

/**
 * Resolves once every partition of an election is sealed. A partition whose chain ends in a damaged
 * segment is not waited for: the recount reports the damage exactly.
 *
 * @throws VoteError `not-sealed` after the timeout, saying of each partition what is missing
 */
export async function waitForSeals(options: WaitForSealsOptions): Promise<void> {
  const { election, timeoutMs, pollMs = 50, signal, clock = systemClock } = options;
  const waiting = new Map<number, PartitionWait>();
  for (let partition = 0; partition < election.partitions; partition++) {
    waiting.set(partition, { lookedAt: -1, position: 0, sealed: false });
  }
  for (let waitedMs = 0; ; waitedMs += pollMs) {
    for (const [partition, wait] of waiting) {
      if (await isDone(options, partition, wait)) waiting.delete(partition);
    }
    if (waiting.size === 0) return;
    if (waitedMs >= timeoutMs) throw await notSealed(options, waiting);
    await clock.sleep(pollMs, signal);
    signal?.throwIfAborted();
  }
}

interface PartitionWait {
  /** Sequence up to which the chain has no seal. */
  lookedAt: number;
  /** Log position after the chain's last segment. */
  position: number;
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
    wait.position = end.positionTo;
    wait.sealed ||= await hasSeal(ledger, end, wait);
    if (!wait.sealed || log === undefined) return wait.sealed;
    return (await log.read(election.id, partition, end.positionTo, 1)).length === 0;
  } catch (error) {
    if (error instanceof VoteError && error.code === "corrupt-segment") return true;
    throw error;
  }
}

/** Searches backwards: only late ballots follow a seal, so it is near the end. */
async function hasSeal(ledger: LedgerReader, end: Segment, wait: PartitionWait): Promise<boolean> {
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

const maxNamed = 8;

/** Says what is missing where, by one more look at the log. */
async function notSealed(
  { election, log, timeoutMs }: WaitForSealsOptions,
  waiting: ReadonlyMap<number, PartitionWait>,
): Promise<VoteError> {
  const lacks: string[] = [];
  let isTallyBehind = log === undefined;
  for (const [partition, { position, sealed }] of [...waiting].slice(0, maxNamed)) {
    const rest = (await log?.read(election.id, partition, position, 1)) ?? [];
    const undecided = `no segment decides its log from position ${position} on`;
    const noMarker = log === undefined ? "" : ", and its log no further record";
    if (rest.length > 0) isTallyBehind = true;
    if (sealed) lacks.push(`partition ${partition} is sealed, but ${undecided}`);
    else if (rest.length > 0) lacks.push(`partition ${partition} has no seal, and ${undecided}`);
    else lacks.push(`partition ${partition} has no seal${noMarker}`);
  }
  const others = waiting.size - lacks.length;
  if (others > 0) lacks.push(`and ${others} more partitions`);
  const detail = `Election ${election.id}, after ${timeoutMs} ms: ${lacks.join("; ")}.`;
  const hint = isTallyBehind
    ? "Check that a tally is running, and what it says of these partitions."
    : `\`vote election close ${election.id}\` appends the missing close markers.`;
  return new VoteError("not-sealed", detail, { hint });
}
