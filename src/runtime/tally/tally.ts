import type { Ledger, Registry } from "../ledger/port.js";
import type { FrameRecord, Log, PartitionHandler, Topic } from "../log/port.js";
import type { View } from "../view/port.js";
import { FollowedElections } from "./followed-elections.js";
import { PartitionTally } from "./partition-tally.js";
import { ViewPublisher } from "./view-publisher.js";

export interface TallyEvents {
  /** For logs and metrics. No voter ids ever pass here. */
  event(name: TallyEventName, fields: Readonly<Record<string, unknown>>): void;
}

export type TallyEventName =
  | "assigned"
  | "revoked"
  | "fenced"
  | "sealed"
  | "failed"
  | "ledger-retry"
  | "view-retry";

export interface TallyOptions {
  readonly log: Log;
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly view: View;
  readonly events?: TallyEvents;
  /** Milliseconds since the epoch; default `Date.now`. */
  readonly now?: () => number;
  /** How often a certified election is looked at for ballots that came late. Default 60,000. */
  readonly lookAtCertifiedMs?: number;
}

export interface RunningTally {
  /** Commits what is being folded, hands the partitions over, and resolves. */
  stop(): Promise<void>;
}

/** Joins the group of tallies and folds the partitions it gets, until stopped. */
export async function startTally(options: TallyOptions): Promise<RunningTally> {
  const { events = { event: () => undefined }, now = Date.now } = options;
  const publisher = new ViewPublisher(options.view, events);
  const stopping = new AbortController();
  const handler = new TallyHandler(options, publisher, events, stopping.signal);
  const { log, ledger, registry, lookAtCertifiedMs = 60_000 } = options;
  const followed = new FollowedElections({ log, ledger, registry, now, lookAtCertifiedMs });
  const subscription = await log.subscribe(() => followed.topics(), handler);
  return {
    async stop() {
      stopping.abort();
      await subscription.stop();
      await publisher.stop();
    },
  };
}

class TallyHandler implements PartitionHandler {
  readonly #options: TallyOptions;
  readonly #publisher: ViewPublisher;
  readonly #events: TallyEvents;
  readonly #stopping: AbortSignal;
  readonly #partitions = new Map<string, PartitionTally>();

  constructor(
    options: TallyOptions,
    publisher: ViewPublisher,
    events: TallyEvents,
    stopping: AbortSignal,
  ) {
    this.#options = options;
    this.#publisher = publisher;
    this.#events = events;
    this.#stopping = stopping;
  }

  async assigned(topic: Topic, partition: number): Promise<number> {
    const { ledger, registry } = this.#options;
    const election = await registry.get(topic.election);
    if (election === undefined) throw new Error(`election ${topic.election} is not registered`);
    const tally = await PartitionTally.load({
      election: topic.election,
      candidates: election.candidates.length,
      partition,
      ledger,
      events: this.#events,
      stopping: this.#stopping,
      committed: (view) => this.#publisher.publish(topic.election, view),
    });
    this.#partitions.set(keyOf(topic, partition), tally);
    this.#events.event("assigned", {
      election: topic.election,
      partition,
      position: tally.position,
    });
    return tally.position;
  }

  async records(topic: Topic, partition: number, records: readonly FrameRecord[]) {
    const tally = this.#partitions.get(keyOf(topic, partition));
    if (tally === undefined) throw new Error(`partition ${partition} is not assigned`);
    if ((await tally.process(records)) === "committed") return tally.position;
    this.#events.event("fenced", { election: topic.election, partition });
    return this.assigned(topic, partition);
  }

  async revoked(topic: Topic, partition: number): Promise<void> {
    this.#drop(topic, partition);
    this.#events.event("revoked", { election: topic.election, partition });
  }

  failed(topic: Topic, partition: number, error: unknown): void {
    this.#drop(topic, partition);
    const reason = error instanceof Error ? error.message : String(error);
    this.#events.event("failed", { election: topic.election, partition, reason });
  }

  #drop(topic: Topic, partition: number): void {
    this.#partitions.delete(keyOf(topic, partition));
    this.#publisher.release(topic.election, partition);
  }
}

const keyOf = (topic: Topic, partition: number) => `${topic.election}/${partition}`;
