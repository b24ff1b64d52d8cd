import { VoteError } from "../../core/errors.js";
import { systemClock, untilAborted } from "../../time/clock.js";
import { initialMonitorState, reduceMonitor } from "../state/reducer.js";
import { anythingReached, type Snapshot } from "../state/snapshot.js";
import { type MonitorRecord, monitorRecord, plainLine } from "./plain.js";

interface WatchOptions {
  readonly read: () => Promise<Snapshot>;
  /** Gets each record, and the same as a plain line. */
  readonly write: (record: MonitorRecord, line: string) => void;
  readonly intervalMs: number;
  /** Ends the watch; a read that is under way is dropped. */
  readonly signal: AbortSignal;
}

/** Reads and writes once every interval until the signal aborts: for pipes and logs. */
export async function watch(options: WatchOptions): Promise<void> {
  const { read, write, intervalMs, signal } = options;
  let state = initialMonitorState;
  while (!signal.aborted) {
    // Started before the read, so that a slow answer does not stretch the interval.
    const pause = systemClock.sleep(intervalMs, signal);
    const snapshot = await Promise.race([read(), untilAborted(signal)]);
    if (snapshot === undefined) return;
    state = reduceMonitor(state, { type: "snapshot", snapshot });
    const record = monitorRecord(state);
    if (record !== undefined) write(record, plainLine(state));
    await pause;
  }
}

/**
 * Takes one snapshot, for a script.
 *
 * @throws VoteError `not-running` if nothing answers at all, `unknown-election` if there is no such
 *   election; the snapshot itself reports lesser trouble
 */
export async function lookOnce(
  read: () => Promise<Snapshot>,
  wanted?: string,
): Promise<{ readonly record: MonitorRecord; readonly line: string }> {
  const snapshot = await read();
  if (!anythingReached(snapshot)) throw nothingReached(snapshot);
  const listed = snapshot.elections.some(({ id }) => id === wanted);
  if (wanted !== undefined && snapshot.elections.length > 0 && !listed && !snapshot.result) {
    throw new VoteError("unknown-election", snapshot.problem ?? `There is no election ${wanted}.`, {
      hint: "`vote election list` shows those that exist.",
    });
  }
  const state = reduceMonitor(initialMonitorState, { type: "snapshot", snapshot });
  const record = monitorRecord(state);
  if (record === undefined) throw new VoteError("internal-error", "A snapshot has no record.");
  return { record, line: plainLine(state) };
}

function nothingReached(snapshot: Snapshot): VoteError {
  const tried = snapshot.roles.map(({ role, url, detail }) => `${role} at ${url} (${detail})`);
  return new VoteError("not-running", `Nothing can be reached: ${tried.join(", ")}.`, {
    hint: "Start it with `vote dev`, or name a running serve with --serve-url.",
  });
}
