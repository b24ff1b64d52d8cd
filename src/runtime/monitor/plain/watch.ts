import { setTimeout as sleep } from "node:timers/promises";
import { VoteError } from "../../core/errors.js";
import { initialMonitorState, reduceMonitor } from "../state/reducer.js";
import { anythingReached, type Snapshot } from "../state/snapshot.js";
import { type MonitorRecord, monitorRecord, plainLine } from "./plain.js";

export interface WatchOptions {
  readonly read: () => Promise<Snapshot>;
  /** Takes one record and its plain line, whichever the caller prints. */
  readonly write: (record: MonitorRecord, line: string) => void;
  readonly intervalMs: number;
  /** Ends the watch; what is being read then is dropped. */
  readonly signal: AbortSignal;
}

/** Reads and writes once every interval until the signal, wherever there is no terminal. */
export async function watch(options: WatchOptions): Promise<void> {
  const { read, write, intervalMs, signal } = options;
  let state = initialMonitorState;
  while (!signal.aborted) {
    // Started before the read, so that a slow answer does not stretch the interval.
    const pause = sleep(intervalMs, undefined, { signal }).catch(() => {});
    const snapshot = await Promise.race([read(), aborted(signal)]);
    if (snapshot === undefined) return;
    state = reduceMonitor(state, { type: "snapshot", snapshot });
    const record = monitorRecord(state);
    if (record !== undefined) write(record, plainLine(state));
    await pause;
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}

export interface Once {
  readonly record: MonitorRecord;
  readonly line: string;
}

/**
 * One snapshot for a script.
 *
 * @throws VoteError `not-running` if nothing answers at all, `unknown-election` if the one that was
 *   asked for is not there; anything less is told in the snapshot
 */
export async function lookOnce(read: () => Promise<Snapshot>, asked?: string): Promise<Once> {
  const snapshot = await read();
  if (!anythingReached(snapshot)) throw nothingReached(snapshot);
  const listed = snapshot.elections.some(({ id }) => id === asked);
  if (asked !== undefined && snapshot.elections.length > 0 && !listed && !snapshot.result) {
    throw new VoteError("unknown-election", snapshot.problem ?? `There is no election ${asked}.`, {
      hint: "See vote election list.",
    });
  }
  const state = reduceMonitor(initialMonitorState, { type: "snapshot", snapshot });
  const record = monitorRecord(state);
  if (record === undefined) throw new VoteError("internal-error", "A snapshot has no record.");
  return { record, line: plainLine(state) };
}

/** What to say when no role answers. */
function nothingReached(snapshot: Snapshot): VoteError {
  const tried = snapshot.roles.map(({ role, url, detail }) => `${role} at ${url} (${detail})`);
  return new VoteError("not-running", `Nothing can be reached: ${tried.join(", ")}.`, {
    hint: "Start it with vote dev, or name a running serve with --serve-url.",
  });
}
