import type { ElectionStatus } from "../../core/election.js";
import { formatCount, formatPercent, formatRate } from "../../text/numbers.js";
import { oneLine } from "../../text/one-line.js";
import type { MonitorEvent } from "../state/events.js";
import { behindOf, type Flow } from "../state/flow.js";
import { type MonitorState, type Rates, rejectedTotal } from "../state/reducer.js";
import { type Snapshot, shownStatus, type TallyRow } from "../state/snapshot.js";
import { roleMark, statusMark } from "../state/status.js";
import { asciiGlyphs, formatTime, type Glyphs } from "../terminal/format.js";

/** What `vote monitor --json` prints, one object a line. */
export interface MonitorRecord extends Omit<Snapshot, "told"> {
  /** Null until there are two results to compare. */
  readonly rates: Rates | null;
  readonly flow: Flow;
  /** What has happened since the record before. */
  readonly events: readonly MonitorEvent[];
}

/** The state's newest snapshot as a record; undefined before the first one. */
export function monitorRecord(state: MonitorState): MonitorRecord | undefined {
  if (state.snapshot === undefined) return undefined;
  const { told: _, ...snapshot } = state.snapshot;
  const rates = state.samples.length < 2 ? null : state.rates;
  return { ...snapshot, rates, flow: state.flow, events: state.freshEvents };
}

/** Everything that matters now in one line without colours, for pipes and logs. */
export function plainLine(state: MonitorState, glyphs: Glyphs = asciiGlyphs): string {
  const { snapshot } = state;
  if (snapshot === undefined) return "connecting";
  const parts = [formatTime(snapshot.at)];
  if (snapshot.election !== null) parts.push(snapshot.election);
  if (snapshot.result === null) parts.push(oneLine(snapshot.problem ?? "no result"));
  else parts.push(...figures(state, glyphs));
  const behind = behindOf(snapshot);
  if (behind !== null && behind.records > 0) {
    parts.push(`behind ${formatCount(behind.records)} records, ${behind.seconds} s`);
  }
  for (const { part, store, reachable } of snapshot.stores) {
    if (reachable === false) parts.push(`${store} (${part}) does not answer`);
  }
  const unwell = snapshot.roles.filter((role) => role.state !== "ready");
  for (const { role, state: roleState } of unwell) {
    parts.push(`${role} ${roleMark(roleState, glyphs).label}`);
  }
  return parts.join("  ");
}

function figures(state: MonitorState, glyphs: Glyphs): string[] {
  const result = state.snapshot?.result;
  if (!result) return [];
  return [
    statusMark(shownStatus(result), glyphs).label,
    `${formatCount(result.counted)} counted`,
    ...(state.samples.length < 2 ? [] : [formatRate(state.rates.votesPerSecond)]),
    shares(result.result, 4, glyphs),
    `rejected ${formatCount(rejectedTotal(result.rejected))}`,
    `retries ${formatCount(result.retriesAbsorbed)}`,
    `sealed ${result.sealedPartitions}/${result.partitions}`,
  ];
}

/** "Ada 45.2 %, Grace 30.1 %, 12 more" */
function shares(rows: readonly TallyRow[], most: number, glyphs: Glyphs): string {
  const byVotes =
    rows.length <= most ? rows : [...rows].sort((one, other) => other.votes - one.votes);
  const shown = byVotes
    .slice(0, most)
    .map((row) => `${oneLine(row.name)} ${formatPercent(row.share)}`);
  if (rows.length > most) shown.push(`${rows.length - most} more`);
  return shown.join(` ${glyphs.separator} `);
}

export interface LiveTallyProps {
  readonly title: string;
  readonly status: ElectionStatus;
  /** In the election's order. */
  readonly rows: readonly TallyRow[];
  readonly rates: Rates;
  /** What goes on, as "Voting" or "Recounting". */
  readonly phase: string;
  readonly elapsedSeconds: number;
  readonly totalSeconds: number;
}

/** "3/10 s", or "12 s" once it takes longer than was planned. */
export function elapsedText(props: LiveTallyProps): string {
  const elapsed = Math.floor(props.elapsedSeconds);
  if (props.totalSeconds <= 0 || elapsed > props.totalSeconds) return `${elapsed} s`;
  return `${elapsed}/${Math.round(props.totalSeconds)} s`;
}

/** The live tally as one plain line, where there is no terminal to draw on. */
export function liveTallyLine(props: LiveTallyProps): string {
  const votes = props.rows.reduce((sum, row) => sum + row.votes, 0);
  return [
    `${props.phase} ${elapsedText(props)}`,
    statusMark(props.status, asciiGlyphs).label,
    `${formatCount(votes)} counted`,
    formatRate(props.rates.votesPerSecond),
    shares(props.rows, 4, asciiGlyphs),
  ].join("  ");
}
