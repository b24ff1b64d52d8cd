import type { ElectionStatus } from "../../core/election.js";
import { formatTime } from "../../text/moment.js";
import { formatCount, formatPercent, formatRate, formatSeconds } from "../../text/numbers.js";
import { oneLine } from "../../text/one-line.js";
import { backlogText, type RaisedAlert } from "../state/alerts.js";
import type { MonitorEvent } from "../state/events.js";
import { behindOf, type Flow } from "../state/flow.js";
import { type MonitorState, type Rates, rejectedTotal } from "../state/reducer.js";
import type { ResultLine, Snapshot } from "../state/snapshot.js";
import { type Standing, standingOf } from "../state/standing.js";
import { asciiGlyphs, type Glyphs } from "../terminal/glyphs.js";
import { roleMark, standingMark } from "../terminal/marks.js";

/** What `vote monitor --json` prints, one object a line. */
export interface MonitorRecord extends Omit<Snapshot, "roleEvents"> {
  /** Null until there are two results to compare. */
  readonly rates: Rates | null;
  readonly flow: Flow;
  /** What is wrong now, the worst first. */
  readonly alerts: readonly RaisedAlert[];
  /** What has happened since the previous record. */
  readonly events: readonly MonitorEvent[];
}

/** The state's newest snapshot as a record; undefined before the first one. */
export function monitorRecord(state: MonitorState): MonitorRecord | undefined {
  if (state.snapshot === undefined) return undefined;
  const { roleEvents: _, ...snapshot } = state.snapshot;
  const rates = state.samples.length < 2 ? null : state.rates;
  return { ...snapshot, rates, flow: state.flow, alerts: state.alerts, events: state.freshEvents };
}

/** Everything that matters now in one line without colours, for pipes and logs. */
export function plainLine(state: MonitorState, glyphs: Glyphs = asciiGlyphs): string {
  const { snapshot } = state;
  if (snapshot === undefined) return "connecting";
  const parts = [formatTime(snapshot.at)];
  if (snapshot.election !== null) parts.push(snapshot.election);
  if (snapshot.result === null) parts.push(oneLine(snapshot.problem ?? "no result"));
  else parts.push(...resultParts(state, glyphs));
  const behind = behindOf(snapshot);
  if (behind !== null && behind.records > 0) {
    parts.push(`behind ${backlogText(behind)}, ${formatSeconds(behind.seconds * 1_000)}`);
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

function resultParts(state: MonitorState, glyphs: Glyphs): string[] {
  const result = state.snapshot?.result;
  if (!result) return [];
  return [
    standingMark(standingOf(result, state.snapshot), glyphs).label,
    `${formatCount(result.counted)} counted`,
    ...(state.samples.length < 2 ? [] : [formatRate(state.rates.votesPerSecond)]),
    shares(result.result, 4, glyphs),
    `rejected ${formatCount(rejectedTotal(result.rejected))}`,
    `retries ${formatCount(result.retriesAbsorbed)}`,
    `sealed ${result.sealedPartitions}/${result.partitions}`,
  ];
}

/** "Ada 45.2 %, Grace 30.1 %, 12 more" */
function shares(rows: readonly ResultLine[], most: number, glyphs: Glyphs): string {
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
  readonly rows: readonly ResultLine[];
  readonly rates: Rates;
  /** Votes per second over the whole voting, once it is over: then no rate is current. */
  readonly meanPerSecond?: number | undefined;
  /** "Preparing", "Voting", "Recounting". */
  readonly phase: string;
  /** How far the phase has come, where that is known: "3 of 8 partitions, 4 s left". */
  readonly progress?: string | undefined;
  readonly elapsedSeconds: number;
  readonly totalSeconds: number;
}

/** The phases after the seals, in which everything is counted and checked. */
const checking = new Set(["Comparing", "Recounting", "Certifying"]);

/** Whether a phase is before the close. */
export function takesVotes(phase: string): boolean {
  return phase === "Preparing" || phase === "Voting";
}

/**
 * Where a live tally's election stands. The phase says what happens after the close, for the status
 * comes from serve, which may be a second old.
 */
export function liveStanding({ status, phase }: LiveTallyProps): Standing {
  if (status === "draft" || status === "certified") return status;
  if (checking.has(phase)) return "recounting";
  return status === "open" && takesVotes(phase) ? "counting" : "closing";
}

/** "Voting 3/10 s", "Recounting 3 of 8 partitions, 4 s left": what is going on, and how far. */
export function phaseText(props: LiveTallyProps): string {
  return `${props.phase} ${props.progress ?? elapsedText(props)}`;
}

/** "3/10 s", or "12 s" once the phase takes longer than planned. */
function elapsedText(props: LiveTallyProps): string {
  const elapsed = Math.floor(props.elapsedSeconds);
  if (props.totalSeconds <= 0 || elapsed > props.totalSeconds) return `${elapsed} s`;
  return `${elapsed}/${Math.round(props.totalSeconds)} s`;
}

/** "250,113/s" while votes come in, "mean 249,870/s" afterwards. */
export function rateText({ rates, meanPerSecond }: LiveTallyProps): string {
  if (meanPerSecond === undefined) return formatRate(rates.votesPerSecond);
  return `mean ${formatRate(meanPerSecond)}`;
}

/** The live tally as one plain line, where there is no terminal to draw on. */
export function liveTallyLine(props: LiveTallyProps): string {
  const votes = props.rows.reduce((sum, row) => sum + row.votes, 0);
  return [
    phaseText(props),
    standingMark(liveStanding(props), asciiGlyphs).label,
    `${formatCount(votes)} counted`,
    rateText(props),
    shares(props.rows, 4, asciiGlyphs),
  ].join("  ");
}
