import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import type { SignatureCheck } from "../keys/signing.js";
import type { Ledger } from "../ledger/port.js";
import type { FrameRecord, Log, PartitionHandler, SignOfLife, Topic } from "../log/port.js";
import type { Registry } from "../registry/port.js";
import type { Chance } from "../time/chance.js";
import type { Clock } from "../time/clock.js";
import type { Halts } from "./halts.js";
import { PartitionTally } from "./partition-tally.js";
import type { Snapshots } from "./snapshots/snapshots.js";
import { reasonsOf, type TallyEvents } from "./telemetry/tally-events.js";
import type { PartitionPosition, TallyMeter } from "./telemetry/tally-meter.js";
import type { ViewPublisher } from "./view-publisher.js";

interface HandlerParts {
  readonly log: Log;
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly publisher: ViewPublisher;
  readonly events: TallyEvents;
  readonly meter: TallyMeter;
  readonly halts: Halts;
  readonly snapshots: Snapshots | undefined;
  readonly stopping: AbortSignal;
  readonly isSigned: SignatureCheck | undefined;
  readonly clock: Clock;
  readonly chance: Chance;
}

interface Held {
  readonly election: string;
  readonly partition: number;
  /** Up to where the log is decided, as far as that is known. */
  position: number;
  sealed: boolean;
  /** The election's, as it was read last. */
  revision?: number;
  /** Undefined while the chain is being read, and after a failure. */
  tally?: PartitionTally;
}

/** Gives each partition that the log assigns a tally of its own. */
export class TallyHandler implements PartitionHandler {
  readonly #parts: HandlerParts;
  readonly #held = new Map<string, Held>();

  constructor(parts: HandlerParts) {
    this.#parts = parts;
  }

  /** Where every partition held here stands. */
  get positions(): PartitionPosition[] {
    const halted = new Map(this.#parts.halts.all.map((halt) => [keyOf(halt), halt.error]));
    return [...this.#held].map(([key, { election, partition, position, sealed, tally }]) => {
      const error = halted.get(key);
      const going = tally === undefined ? "loading" : "tallying";
      const state = error === undefined ? going : "halted";
      return { election, partition, position, sealed, state, halted: error?.publicMessage ?? "" };
    });
  }

  async assigned({ election }: Topic, partition: number, alive: SignOfLife): Promise<number> {
    const { registry, halts, events } = this.#parts;
    const place = { election, partition };
    const held: Held = { ...place, position: 0, sealed: false };
    this.#held.set(keyOf(place), held);
    const reread = async () => {
      const record = await registry.get(election);
      if (record === undefined) throw new Error(`election ${election} is not registered`);
      held.revision = record.revision;
      return record;
    };
    held.tally = await this.#load(held, reread, alive);
    const { position } = held;
    events.event("assigned", { ...place, position });
    halts.loaded(election, partition, position);
    return position;
  }

  async #load(
    held: Held,
    reread: () => Promise<Election>,
    alive: SignOfLife,
  ): Promise<PartitionTally> {
    const { publisher, meter, ...parts } = this.#parts;
    const { stopping } = parts;
    const { election, partition } = held;
    const standsAt = (position: number, sealed: boolean) =>
      Object.assign(held, { position, sealed });
    return PartitionTally.load({
      election: await reread(),
      reread,
      partition,
      ...parts,
      loaded: (position, sealed) => {
        if (stopping.aborted) throw new VoteError("shutting-down", "This tally is stopping.");
        standsAt(position, sealed);
        alive();
      },
      committed: (view) => {
        standsAt(view.position, view.sealed);
        publisher.publish(election, view);
      },
      inserted: (tookMs) => meter.committed(tookMs),
    });
  }

  async records(
    topic: Topic,
    partition: number,
    records: readonly FrameRecord[],
    alive: SignOfLife,
  ): Promise<number> {
    const { election } = topic;
    const tally = this.#held.get(keyOf({ election, partition }))?.tally;
    if (tally === undefined) throw new Error(`partition ${partition} is not assigned`);
    if ((await tally.process(records)) === "fenced") {
      this.#parts.events.event("fenced", { election, partition });
      return this.assigned(topic, partition, alive);
    }
    this.#parts.halts.over(election, partition);
    return tally.position;
  }

  async revoked({ election }: Topic, partition: number): Promise<void> {
    const { publisher, halts, events, snapshots, stopping } = this.#parts;
    const key = keyOf({ election, partition });
    const tally = this.#held.get(key)?.tally;
    this.#held.delete(key);
    if (tally?.sealed) await snapshots?.remove(election, partition);
    else if (tally !== undefined && stopping.aborted) snapshots?.offerAtEnd(tally);
    publisher.release(election, partition);
    halts.over(election, partition);
    events.event("revoked", { election, partition });
  }

  async failed({ election }: Topic, partition: number, error: unknown, letGo: AbortSignal) {
    const { publisher, halts, events } = this.#parts;
    const held = this.#held.get(keyOf({ election, partition }));
    const loading = held?.tally === undefined;
    // The state is void, or not needed for a long time: its memory is not.
    if (held !== undefined) delete held.tally;
    publisher.release(election, partition);
    events.event("failed", { election, partition, ...reasonsOf(error) });
    const { position = 0, revision } = held ?? {};
    await halts.pause({ election, partition, position, loading, revision }, error, letGo);
  }
}

const keyOf = ({ election, partition }: { election: string; partition: number }) =>
  `${election}/${partition}`;
