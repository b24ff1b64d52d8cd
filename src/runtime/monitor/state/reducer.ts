import {
  eventsBetween,
  type KeptEvent,
  type MonitorEvent,
  type ToldUpTo,
  toldUpTo,
  withEvents,
} from "./events.js";
import { type Flow, type FlowSample, flowOf, flowSample, unknownFlow } from "./flow.js";
import {
  afterStroke,
  type Interaction,
  initialInteraction,
  type Notice,
  type Stroke,
} from "./interaction.js";
import type { ResultFigures, Snapshot } from "./snapshot.js";

/** Rates are over this much of the past: long enough to be calm, short enough to be now. */
export const rateWindowMs = 5_000;
/** As many as the widest terminal can show. */
export const historyLength = 240;
export const refreshStepsMs = [250, 500, 1_000, 2_000, 5_000, 10_000] as const;
export const defaultRefreshMs = 500;

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

/** What the screen shows; a pure fold over snapshots and keys. */
export interface MonitorState {
  readonly snapshot: Snapshot | undefined;
  /** The last result that could be had, even when the newest snapshot has none. */
  readonly result: ResultFigures | undefined;
  /** When that was, in milliseconds since the epoch. */
  readonly resultAt: number;
  readonly samples: readonly Sample[];
  readonly rates: Rates;
  /** Votes per second from one snapshot to the next, oldest first. */
  readonly history: readonly number[];
  readonly flowSamples: readonly FlowSample[];
  readonly flow: Flow;
  /** The oldest first. */
  readonly events: readonly KeptEvent[];
  /** Those of them that the newest snapshot has brought. */
  readonly freshEvents: readonly MonitorEvent[];
  readonly toldUpTo: ToldUpTo;
  readonly interaction: Interaction;
  /** Whether elections can be opened and closed from here. */
  readonly control: boolean;
  /** The person wants to go. */
  readonly left: boolean;
  readonly paused: boolean;
  readonly help: boolean;
  readonly refreshMs: number;
}

export type MonitorAction =
  | { readonly type: "snapshot"; readonly snapshot: Snapshot }
  | { readonly type: "stroke"; readonly stroke: Stroke }
  | { readonly type: "notice"; readonly notice: Notice }
  | { readonly type: "toggle-pause" }
  | { readonly type: "toggle-help" }
  | { readonly type: "slower" }
  | { readonly type: "faster" };

const noRates: Rates = { votesPerSecond: 0, byCandidate: {} };

export const initialMonitorState: MonitorState = {
  snapshot: undefined,
  result: undefined,
  resultAt: 0,
  samples: [],
  rates: noRates,
  history: [],
  flowSamples: [],
  flow: unknownFlow,
  events: [],
  freshEvents: [],
  toldUpTo: new Map(),
  interaction: initialInteraction,
  control: false,
  left: false,
  paused: false,
  help: false,
  refreshMs: defaultRefreshMs,
};

export function reduceMonitor(state: MonitorState, action: MonitorAction): MonitorState {
  switch (action.type) {
    case "snapshot":
      // A read that was under way when the pause began must not move the frozen figures.
      return state.paused ? state : withEverything(state, action.snapshot);
    case "stroke":
      return withStroke(state, action.stroke);
    case "notice":
      return { ...state, interaction: { ...state.interaction, notice: action.notice } };
    case "toggle-pause":
      return { ...state, paused: !state.paused };
    case "toggle-help":
      return { ...state, help: !state.help };
    case "slower":
      return { ...state, refreshMs: refreshStep(state.refreshMs, 1) };
    case "faster":
      return { ...state, refreshMs: refreshStep(state.refreshMs, -1) };
  }
}

const strokeActions: ReadonlyMap<Stroke, MonitorAction> = new Map([
  ["p", { type: "toggle-pause" }],
  ["?", { type: "toggle-help" }],
  ["h", { type: "toggle-help" }],
  ["+", { type: "faster" }],
  // The plus key without shift on many keyboards.
  ["=", { type: "faster" }],
  ["-", { type: "slower" }],
]);

/**
 * Whether a key is text or a command hangs on the keys before it, which may have come in the same
 * moment: so this is decided here and nowhere else.
 */
function withStroke(state: MonitorState, stroke: Stroke): MonitorState {
  const typing = state.interaction.mode.kind !== "watch";
  const action = typing ? undefined : strokeActions.get(stroke);
  if (action !== undefined) return reduceMonitor(state, action);
  if (stroke === "q" && !typing) return { ...state, left: true };
  if (stroke === "escape" && state.help) return { ...state, help: false };
  return withInteraction(state, stroke);
}

/** Another election is to be seen at once: a pause ends. */
function withInteraction(state: MonitorState, stroke: Stroke): MonitorState {
  const interaction = afterStroke(state, stroke);
  const switched = interaction.election !== state.interaction.election;
  return { ...state, interaction, paused: state.paused && !switched };
}

function withEverything(state: MonitorState, snapshot: Snapshot): MonitorState {
  const freshEvents = eventsBetween(state.snapshot, snapshot, state.toldUpTo);
  const all = [...state.flowSamples, flowSample(snapshot)];
  const flowSamples = all[0].at <= snapshot.at ? withinWindow(all) : all.slice(-1);
  return {
    ...withSnapshot(state, snapshot),
    flowSamples,
    flow: flowOf(flowSamples),
    freshEvents,
    toldUpTo: toldUpTo(state.toldUpTo, snapshot),
    events: withEvents(state.events, freshEvents, keptEvents),
  };
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
    // Figures of another election under this one's name would be a lie; old ones are only stale.
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

/** Counts only grow and time only passes: whatever else was seen is the start of another story. */
function continues(state: MonitorState, result: ResultFigures, at: number): boolean {
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

function sampleOf(result: ResultFigures, at: number): Sample {
  const votes = Object.fromEntries(result.result.map((row) => [row.candidate, row.votes]));
  return { at, decided: result.counted + rejectedTotal(result.rejected), votes };
}

/** Always keeps the sample before the newest, so that a slow refresh has a rate too. */
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

export function rejectedTotal(rejected: Readonly<Record<string, number>>): number {
  return Object.values(rejected).reduce((sum, votes) => sum + votes, 0);
}
