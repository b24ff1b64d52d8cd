/**
 * The tally decides every ballot of the log. `tally` joins the group of tallies; `tally-handler`
 * gives each partition it gets to a `partition-tally`, which folds frames into segments and commits
 * them to the ledger. `followed-elections` says which elections are read, `halts` when a partition
 * that failed is tried again; `view-publisher` passes the counts on, and `tally-meter` shows
 * operators the work.
 */

import type { TallyMetrics } from "../contracts/http/status.js";
import type { Election } from "../core/election.js";
import type { SignatureCheck } from "../keys/signing.js";
import type { Ledger } from "../ledger/port.js";
import type { Log } from "../log/port.js";
import type { Registry } from "../registry/port.js";
import { type Chance, systemChance } from "../time/chance.js";
import { type Clock, systemClock } from "../time/clock.js";
import type { View } from "../view/port.js";
import { FollowedElections } from "./followed-elections.js";
import { Halts, requireNoHalt } from "./halts.js";
import { Snapshots } from "./snapshots/snapshots.js";
import { TallyHandler } from "./tally-handler.js";
import type { TallyEvents } from "./telemetry/tally-events.js";
import { TallyMeter } from "./telemetry/tally-meter.js";
import { ViewPublisher } from "./view-publisher.js";

interface TallyOptions {
  readonly log: Log;
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly view: View;
  /** Keeps snapshots here, for a start that does not read whole chains. Default: none are kept. */
  readonly snapshotsDir?: string | undefined;
  /** So many new entries make a new snapshot worth it. Default 1,000,000. */
  readonly snapshotMinGrowth?: number;
  readonly events?: TallyEvents;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Default: the machine's. */
  readonly chance?: Chance;
  /** Default: in the threads of this process. */
  readonly isSigned?: SignatureCheck;
  /** How often, at most, finished elections are checked for late ballots. Default 5,000. */
  readonly checkFinishedEveryMs?: number;
  /** Whether to read the log's ends every second, so that `metrics` knows the lag. */
  readonly watchLag?: boolean;
}

export interface RunningTally {
  /** What the tally is doing now, for operators. */
  metrics(): TallyMetrics;
  /** How long its inserts into the ledger took since the start. */
  readonly durations: TallyMeter["durations"];
  /** @throws VoteError `partition-halted` while damage keeps a partition from going on */
  requireReady(): void;
  /** Commits what is being folded, hands the partitions over, and resolves. */
  stop(): Promise<void>;
}

/** Joins the group of tallies and folds the partitions it is given, until stopped. */
export async function startTally(options: TallyOptions): Promise<RunningTally> {
  const { clock = systemClock, chance = systemChance, watchLag = false } = options;
  const meter = new TallyMeter({ end: (...place) => options.log.end(...place), clock });
  const events = meter.recording(options.events ?? { event: () => undefined });
  const publisher = new ViewPublisher(options.view, options.ledger, events, { clock });
  const stopping = new AbortController();
  const halts = new Halts(clock, chance);
  const { log, ledger, registry, checkFinishedEveryMs = 5_000 } = options;
  const snapshots = snapshotsOf(options, events);
  const stores = { log, ledger, registry };
  const work = { publisher, events, meter, halts, snapshots, clock, chance };
  const { isSigned } = options;
  const parts = { ...stores, ...work, stopping: stopping.signal, isSigned };
  const handler = new TallyHandler(parts);
  const seen = (elections: readonly Election[]) => halts.seen(elections);
  const following = { ...stores, events, seen, checkFinishedEveryMs };
  const followed = new FollowedElections({ ...following, now: () => clock.wallClock() });
  const subscription = await log.subscribe(() => followed.topics(), handler);
  if (watchLag) meter.watchLag(() => handler.positions);
  return {
    metrics: () => meter.metrics(handler.positions, publisher.lagMs),
    durations: meter.durations,
    requireReady() {
      requireNoHalt(halts.all);
      followed.requireLogs();
    },
    async stop() {
      stopping.abort();
      await meter.stop();
      await subscription.stop();
      await publisher.stop();
      await snapshots?.stop();
    },
  };
}

function snapshotsOf(
  { snapshotsDir: directory, snapshotMinGrowth: minGrowth, clock = systemClock }: TallyOptions,
  events: TallyEvents,
): Snapshots | undefined {
  if (directory === undefined) return undefined;
  return new Snapshots({ directory, events, clock, minGrowth });
}
