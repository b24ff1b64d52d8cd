import { alertsOf, type RaisedAlert, raisedAlerts } from "./alerts.js";
import {
  eventsBetween,
  type KeptEvent,
  type LastEventNumbers,
  lastEventNumbers,
  type MonitorEvent,
  withEvents,
} from "./events.js";
import { type Flow, type FlowSample, flowOf, flowSample } from "./flow.js";
import {
  afterKey,
  type Interaction,
  initialInteraction,
  type KeyPress,
  type Notice,
} from "./interaction.js";
import { type SeriesPoint, withPoint } from "./series.js";
import type { Snapshot, WatchedResult } from "./snapshot.js";

/** The window of rates: long enough to be calm, short enough to be current. */
const rateWindowMs = 5_000;
/** As many values as the widest terminal can show. */
const historyLength = 240;
const refreshStepsMs = [250, 500, 1_000, 2_000, 5_000, 10_000] as const;
const defaultRefreshMs = 500;

export interface Rates {
  /** Votes decided, counted or rejected, per second. */
  readonly votesPerSecond: number;
  /** Counted votes per second by candidate id. */
  readonly byCandidate: Readonly<Record<string, number>>;
}

interface Sample {
  readonly at: number;
  readonly decided: number;
  readonly votes: Readonly<Record<string, number>>;
}

/** What the screen shows: a pure fold over snapshots and keys. */
export interface MonitorState {
  readonly snapshot: Snapshot | undefined;
  /** The last result that was read, even if the newest snapshot has none. */
  readonly result: WatchedResult | undefined;
  /** When it was read, in milliseconds since the epoch. */
  readonly resultAt: number;
  readonly samples: readonly Sample[];
  readonly rates: Rates;
  /** Votes per second from one snapshot to the next, oldest first. */
  readonly history: readonly number[];
  readonly flowSamples: readonly FlowSample[];
  readonly flow: Flow;
  /** What the graph shows, the oldest first. */
  readonly series: readonly SeriesPoint[];
  /** What is wrong now, the worst first. */
  readonly alerts: readonly RaisedAlert[];
  /** The oldest first. */
  readonly events: readonly KeptEvent[];
  /** The events that came with the newest snapshot. */
  readonly freshEvents: readonly MonitorEvent[];
  readonly lastEventNumbers: LastEventNumbers;
  readonly interaction: Interaction;
  /** Whether elections can be opened and closed from here. */
  readonly control: boolean;
  /** How to call the recount here, without the election: `vote recount`. */
  readonly recountCommand: string;
  /** The person has pressed q. */
  readonly left: boolean;
  readonly paused: boolean;
  readonly help: boolean;
  readonly refreshMs: number;
}

export type MonitorAction =
  | { readonly type: "snapshot"; readonly snapshot: Snapshot }
  | { readonly type: "key"; readonly key: KeyPress }
  | { readonly type: "notice"; readonly notice: Notice };

const noRates: Rates = { votesPerSecond: 0, byCandidate: {} };

export const initialMonitorState: MonitorState = {
  snapshot: undefined,
  result: undefined,
  resultAt: 0,
  samples: [],
  rates: noRates,
  history: [],
  flowSamples: [],
  flow: flowOf([]),
  series: [],
  alerts: [],
  events: [],
  freshEvents: [],
  lastEventNumbers: new Map(),
  interaction: initialInteraction,
  control: false,
  recountCommand: "vote recount",
  left: false,
  paused: false,
  help: false,
  refreshMs: defaultRefreshMs,
};

/** The state after a snapshot, a key or a notice. */
export function reduceMonitor(state: MonitorState, action: MonitorAction): MonitorState {
  switch (action.type) {
    case "snapshot":
      // A read that was under way when the pause began must not change the frozen screen.
      return state.paused ? state : withEverything(state, action.snapshot);
    case "key":
      return withKey(state, action.key);
    case "notice":
      return { ...state, interaction: { ...state.interaction, notice: action.notice } };
  }
}

const keyed: Readonly<Record<KeyPress, (state: MonitorState) => Partial<MonitorState>>> = {
  q: () => ({ left: true }),
  p: ({ paused }) => ({ paused: !paused }),
  "?": ({ help }) => ({ help: !help }),
  h: ({ help }) => ({ help: !help }),
  "+": ({ refreshMs }) => ({ refreshMs: refreshStep(refreshMs, -1) }),
  // The plus key without shift on many keyboards.
  "=": ({ refreshMs }) => ({ refreshMs: refreshStep(refreshMs, -1) }),
  "-": ({ refreshMs }) => ({ refreshMs: refreshStep(refreshMs, 1) }),
};

/**
 * Applies a key. Whether it is text or a command depends on the keys before it, which may have come
 * in the same moment: so only the reducer can decide.
 */
function withKey(state: MonitorState, key: KeyPress): MonitorState {
  const typing = state.interaction.mode.kind !== "watch";
  if (!typing && Object.hasOwn(keyed, key)) return { ...state, ...keyed[key](state) };
  if (key === "escape" && state.help) return { ...state, help: false };
  return withInteraction(state, key);
}

/** Choosing another election ends a pause. */
function withInteraction(state: MonitorState, key: KeyPress): MonitorState {
  const interaction = afterKey(state, key);
  const switched = interaction.election !== state.interaction.election;
  return { ...state, interaction, paused: state.paused && !switched };
}

function withEverything(state: MonitorState, snapshot: Snapshot): MonitorState {
  const freshEvents = eventsBetween(state.snapshot, snapshot, state.lastEventNumbers);
  const all = [...state.flowSamples, flowSample(snapshot)];
  const flowSamples = all[0].at <= snapshot.at ? withinWindow(all) : all.slice(-1);
  const flow = flowOf(flowSamples);
  const next = withSnapshot(state, snapshot);
  const other = state.snapshot !== undefined && state.snapshot.election !== snapshot.election;
  const series = other && snapshot.election !== null ? [] : state.series;
  return {
    ...next,
    flowSamples,
    flow,
    series: withPoint(series, snapshot, flow, countedPerSecond(next)),
    alerts: raisedAlerts(state.snapshot, state.alerts, alertsOf(snapshot, flow), snapshot.at),
    freshEvents,
    lastEventNumbers: lastEventNumbers(state.lastEventNumbers, snapshot),
    events: withEvents(state.events, freshEvents, keptEvents),
  };
}

function countedPerSecond({ samples, rates }: MonitorState): number | null {
  if (samples.length < 2) return null;
  return Object.values(rates.byCandidate).reduce((sum, votes) => sum + votes, 0);
}

const keptEvents = 300;

function refreshStep(refreshMs: number, by: 1 | -1): number {
  const steps: readonly number[] = refreshStepsMs;
  const index = Math.max(0, steps.indexOf(refreshMs)) + by;
  return steps[Math.min(Math.max(index, 0), steps.length - 1)];
}

function withSnapshot(state: MonitorState, snapshot: Snapshot): MonitorState {
  const { result } = snapshot;
  if (result === null) {
    const other = state.result !== undefined && state.result.election !== snapshot.election;
    // Another election's result must not stand under this one's name; an old one is only stale.
    if (other && snapshot.election !== null) return { ...forgotten(state), snapshot };
    return { ...state, snapshot, samples: [], rates: noRates };
  }
  const base = continues(state, result, snapshot.at) ? state : forgotten(state);
  const sample = sampleOf(result, snapshot.at);
  const before = base.samples.at(-1);
  const samples = withinWindow([...base.samples, sample]);
  const history =
    before === undefined
      ? base.history
      : [...base.history, ratesBetween(before, sample).votesPerSecond].slice(-historyLength);
  const rates = ratesBetween(samples[0], sample);
  return { ...base, snapshot, result, resultAt: snapshot.at, samples, rates, history };
}

/** Whether a result continues the samples: counts only grow, and time only passes. */
function continues(state: MonitorState, result: WatchedResult, at: number): boolean {
  if (state.result !== undefined && state.result.election !== result.election) return false;
  const last = state.samples.at(-1);
  if (last === undefined) return true;
  const sample = sampleOf(result, at);
  if (sample.at <= last.at || sample.decided < last.decided) return false;
  return Object.entries(last.votes).every(([id, votes]) => (sample.votes[id] ?? 0) >= votes);
}

function forgotten(state: MonitorState): MonitorState {
  const { snapshot, result, resultAt, samples, rates, history } = initialMonitorState;
  return { ...state, snapshot, result, resultAt, samples, rates, history };
}

function sampleOf(result: WatchedResult, at: number): Sample {
  const votes = Object.fromEntries(result.result.map((row) => [row.candidate, row.votes]));
  return { at, decided: result.counted + rejectedTotal(result.rejected), votes };
}

/** Always keeps two samples, so that a slow refresh has a rate too. */
function withinWindow<T extends { readonly at: number }>(samples: readonly T[]): readonly T[] {
  const oldest = (samples.at(-1)?.at ?? 0) - rateWindowMs;
  const first = samples.findIndex((sample) => sample.at >= oldest);
  return samples.slice(Math.max(0, Math.min(first, samples.length - 2)));
}

function ratesBetween(from: Sample, to: Sample): Rates {
  const seconds = (to.at - from.at) / 1_000;
  if (seconds <= 0) return noRates;
  const byCandidate = Object.fromEntries(
    Object.entries(to.votes).map(([id, votes]) => [id, (votes - (from.votes[id] ?? 0)) / seconds]),
  );
  return { votesPerSecond: (to.decided - from.decided) / seconds, byCandidate };
}

/** Adds up the rejections of all reasons. */
export function rejectedTotal(rejected: Readonly<Record<string, number>>): number {
  return Object.values(rejected).reduce((sum, votes) => sum + votes, 0);
}
