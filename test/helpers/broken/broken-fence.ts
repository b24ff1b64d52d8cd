import { setTimeout as sleep } from "node:timers/promises";
import type { Ledger, SegmentPlace } from "../../../src/runtime/ledger/port.js";
import type { Log, PartitionHandler, Subscription, Topic } from "../../../src/runtime/log/port.js";
import { type Build, ledgerWith, logWith, type Planted } from "./broken-run.js";

interface FeedOptions {
  /** One record at a time for 1. */
  readonly maxBytes: number;
  /** Waits for so many records, or until none has come for a while. */
  readonly minRecords: number;
}

/**
 * A group that gives every partition to every member, as two halves of a torn cluster do: nothing
 * but the ledger's conditional insert stands between the tallies then.
 */
function everyPartition(log: Log, options: FeedOptions): Log {
  return logWith(log, {
    async subscribe(topics, handler): Promise<Subscription> {
      const stopping = new AbortController();
      const feeds = (await topics()).flatMap((topic) =>
        Array.from({ length: topic.partitions }, (_, partition) =>
          feed(log, options, topic, partition, handler, stopping.signal),
        ),
      );
      return {
        async stop() {
          stopping.abort();
          await Promise.all(feeds);
        },
      };
    },
  });
}

const alive = () => undefined;

async function feed(
  log: Log,
  { maxBytes, minRecords }: FeedOptions,
  topic: Topic,
  partition: number,
  handler: PartitionHandler,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      let position = await handler.assigned(topic, partition, alive);
      let seen = 0;
      for (let looks = 0; !signal.aborted; looks++) {
        const records = await log.read(topic.election, partition, position, maxBytes);
        if (records.length !== seen) looks = 0;
        seen = records.length;
        if (records.length >= minRecords || (records.length > 0 && looks > 50)) {
          position = await handler.records(topic, partition, records, alive);
        } else await sleep(4);
      }
    } catch (error) {
      const retrying = new AbortController();
      const paused = handler.failed(topic, partition, error, retrying.signal);
      await Promise.race([sleep(20), paused]);
      retrying.abort();
    }
  }
}

/** How far the tally that took over has come before the one that was replaced wakes up. */
const aheadBy = 2;

async function untilStored(ledger: Ledger, place: SegmentPlace): Promise<void> {
  const ahead = { ...place, sequence: aheadBy };
  // Bounded: on a starved machine the other may need fewer segments for everything.
  for (let looks = 0; looks < 1_000; looks++) {
    if ((await ledger.get(ahead)) !== undefined) return;
    await sleep(5);
  }
}

/** Two tallies on all partitions: one cuts large segments, the other wakes up late. */
function tornGroup(zombieLedger: (ledger: Ledger) => Ledger): NonNullable<Build["tallies"]> {
  return [
    (engine) => ({
      ...engine,
      log: everyPartition(engine.log, { maxBytes: 2 ** 20, minRecords: 4 }),
    }),
    (engine) => ({
      ...engine,
      log: everyPartition(engine.log, { maxBytes: 1, minRecords: 1 }),
      ledger: zombieLedger(engine.ledger),
    }),
  ];
}

/** The zombie takes "somebody else has written this" for "written". */
export function ignoresTheFence(armed: boolean): Build {
  let planted: Planted | undefined;
  return {
    tallies: tornGroup((ledger) =>
      ledgerWith(ledger, {
        async append(place, bytes) {
          if (place.sequence === 0) await untilStored(ledger, place);
          const outcome = await ledger.append(place, bytes);
          if (!armed || outcome === "appended") return outcome;
          planted ??= { ballotIds: [], partition: place.partition };
          return "appended";
        },
      }),
    ),
    planted: () => planted,
  };
}

/** The zombie's last write replaces what stands there: an insert without its condition. */
export function overwrites(armed: boolean): Build {
  let planted: Planted | undefined;
  let replaced: { place: SegmentPlace; bytes: Uint8Array } | undefined;
  const isReplaced = ({ partition, sequence }: Omit<SegmentPlace, "election">) =>
    replaced?.place.partition === partition && replaced.place.sequence === sequence;
  const overlay = (ledger: Ledger): Ledger =>
    ledgerWith(ledger, {
      get: async (place) => (isReplaced(place) ? replaced?.bytes : ledger.get(place)),
      async *read(election, partition, from) {
        let sequence = from;
        for await (const bytes of ledger.read(election, partition, from)) {
          yield isReplaced({ partition, sequence }) && replaced ? replaced.bytes : bytes;
          sequence++;
        }
      },
    });
  const zombie = (ledger: Ledger): Ledger =>
    ledgerWith(overlay(ledger), {
      async append(place, bytes) {
        if (place.sequence === 0) await untilStored(ledger, place);
        const outcome = await ledger.append(place, bytes);
        if (!armed || outcome === "appended" || replaced !== undefined) return outcome;
        replaced = { place, bytes: Uint8Array.from(bytes) };
        planted = { ballotIds: [], partition: place.partition, sequence: place.sequence };
        return "appended";
      },
    });
  return {
    tallies: tornGroup(zombie),
    evidence: (engine) => ({ ...engine, ledger: overlay(engine.ledger) }),
    planted: () => planted,
  };
}
