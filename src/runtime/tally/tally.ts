/**
 * The tally decides every ballot of the log. `tally` joins the group of tallies and gives each
 * partition it gets to a `partition-tally`, which folds frames into segments and commits them to
 * the ledger; `view-publisher` passes the counts on, and `tally-meter` shows operators the work.
 */

import type { TallyMetrics } from "../contracts/http/status.js";
import type { Ledger } from "../ledger/port.js";
import type { FrameRecord, Log, PartitionHandler, Topic } from "../log/port.js";
import type { Registry } from "../registry/port.js";
import type { View } from "../view/port.js";
import { FollowedElections } from "./followed-elections.js";
import { PartitionTally } from "./partition-tally.js";
import { reasonsOf, type TallyEvents } from "./tally-events.js";
import { type PartitionPosition, TallyMeter } from "./tally-meter.js";
import { ViewPublisher } from "./view-publisher.js";

interface TallyOptions {
  readonly log: Log;
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly view: View;
  readonly events?: TallyEvents;
  /** Milliseconds since the epoch; default `Date.now`. */
  readonly now?: () => number;
  /** How often certified elections are checked for late ballots. Default 60,000. */
  readonly checkCertifiedEveryMs?: number;
  /** Whether to read the log's ends every second, so that `metrics` knows the lag. */
  readonly watchLag?: boolean;
}

export interface RunningTally {
  /** What the tally is doing now, for operators. */
  metrics(): TallyMetrics;
  /** Commits what is being folded, hands the partitions over, and resolves. */
  stop(): Promise<void>;
}

/** Joins the group of tallies and folds the partitions it is given, until stopped. */
export async function startTally(options: TallyOptions): Promise<RunningTally> {
  const { now = Date.now, watchLag = false } = options;
  const meter = new TallyMeter({ end: (...place) => options.log.end(...place), now });
  const events = meter.recording(options.events ?? { event: () => undefined });
  const publisher = new ViewPublisher(options.view, options.ledger, events);
  const stopping = new AbortController();
  const parts = { publisher, events, meter, stopping: stopping.signal };
  const handler = new TallyHandler(options, parts);
  const { log, ledger, registry, checkCertifiedEveryMs = 60_000 } = options;
  const followed = new FollowedElections({ log, ledger, registry, now, checkCertifiedEveryMs });
  const subscription = await log.subscribe(() => followed.topics(), handler);
  if (watchLag) meter.watchLag(() => handler.positions);
  return {
    metrics: () => meter.metrics(handler.positions, publisher.lagMs),
    async stop() {
      stopping.abort();
      await meter.stop();
      await subscription.stop();
      await publisher.stop();
    },
  };
}

interface HandlerParts {
  readonly publisher: ViewPublisher;
  readonly events: TallyEvents;
  readonly meter: TallyMeter;
  readonly stopping: AbortSignal;
}

class TallyHandler implements PartitionHandler {
  readonly #options: TallyOptions;
  readonly #parts: HandlerParts;
  readonly #partitions = new Map<
    string,
    { readonly topic: Topic; readonly tally: PartitionTally }
  >();

  constructor(options: TallyOptions, parts: HandlerParts) {
    this.#options = options;
    this.#parts = parts;
  }

  /** Where every partition held here stands. */
  get positions(): PartitionPosition[] {
    return [...this.#partitions.values()].map(({ topic: { election }, tally }) => {
      const { partition, position, sealed } = tally;
      return { election, partition, position, sealed };
    });
  }

  async assigned(topic: Topic, partition: number): Promise<number> {
    const { ledger, registry } = this.#options;
    const { publisher, events, meter, stopping } = this.#parts;
    const election = await registry.get(topic.election);
    if (election === undefined) throw new Error(`election ${topic.election} is not registered`);
    const tally = await PartitionTally.load({
      election: topic.election,
      candidates: election.candidates.length,
      partition,
      ledger,
      events,
      stopping,
      committed: (view) => publisher.publish(topic.election, view),
      inserted: (tookMs) => meter.committed(tookMs),
    });
    this.#partitions.set(keyOf(topic, partition), { topic, tally });
    const { position } = tally;
    events.event("assigned", { election: topic.election, partition, position });
    return position;
  }

  async records(topic: Topic, partition: number, records: readonly FrameRecord[]) {
    const held = this.#partitions.get(keyOf(topic, partition));
    if (held === undefined) throw new Error(`partition ${partition} is not assigned`);
    const { tally } = held;
    if ((await tally.process(records)) === "committed") return tally.position;
    this.#parts.events.event("fenced", { election: topic.election, partition });
    return this.assigned(topic, partition);
  }

  async revoked(topic: Topic, partition: number): Promise<void> {
    this.#drop(topic, partition);
    this.#parts.events.event("revoked", { election: topic.election, partition });
  }

  failed(topic: Topic, partition: number, error: unknown): void {
    this.#drop(topic, partition);
    const fields = { election: topic.election, partition, ...reasonsOf(error) };
    this.#parts.events.event("failed", fields);
  }

  #drop(topic: Topic, partition: number): void {
    this.#partitions.delete(keyOf(topic, partition));
    this.#parts.publisher.release(topic.election, partition);
  }
}

const keyOf = (topic: Topic, partition: number) => `${topic.election}/${partition}`;
