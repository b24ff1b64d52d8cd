import type { Snapshot } from "./snapshot.js";

/** What runs through the system, per second; null while unknown. */
export interface Flow {
  /** Ballots that ingest acknowledges. */
  readonly acknowledgedPerSecond: number | null;
  /** Records appended to the log. */
  readonly recordsPerSecond: number | null;
  /** Segments that the tallies insert into the ledger. */
  readonly commitsPerSecond: number | null;
  /** Messages and bytes that serve sends to its clients. */
  readonly messagesPerSecond: number | null;
  readonly bytesPerSecond: number | null;
}

/** Counters at one moment. A key names the process too: a new process counts from 0. */
export interface FlowSample {
  readonly at: number;
  readonly counters: ReadonlyMap<string, number>;
}

/** Takes the counters out of a snapshot. */
export function flowSample(snapshot: Snapshot): FlowSample {
  const counters = new Map<string, number>();
  const { ingest, tallies, serve, roles } = snapshot;
  const pidOf = (url: string) => roles.find((role) => role.url === url)?.pid ?? 0;
  const pidIn = (name: string) => roles.find(({ role }) => role === name)?.pid ?? 0;
  if (ingest !== null) counters.set(`acknowledged/${pidIn("ingest")}`, ingest.acknowledged);
  for (const tally of tallies) {
    counters.set(`commits/${pidOf(tally.url)}`, tally.commits);
    for (const { election, partition, end } of tally.partitions) {
      if (end !== null) counters.set(`records/${election}/${partition}`, end);
    }
  }
  if (serve !== null) {
    counters.set(`messages/${pidIn("serve")}`, serve.messagesSent);
    counters.set(`bytes/${pidIn("serve")}`, serve.bytesSent);
  }
  return { at: snapshot.at, counters };
}

/**
 * Computes the rates over a window.
 *
 * @param samples the oldest first
 */
export function flowOf(samples: readonly FlowSample[]): Flow {
  const last = samples.at(-1);
  const rate = (name: string) => (last === undefined ? null : rateOf(samples, last, name));
  return {
    acknowledgedPerSecond: rate("acknowledged/"),
    recordsPerSecond: rate("records/"),
    commitsPerSecond: rate("commits/"),
    messagesPerSecond: rate("messages/"),
    bytesPerSecond: rate("bytes/"),
  };
}

/** Sums up the rates of all counters of a kind, each from its first sample in the window. */
function rateOf(samples: readonly FlowSample[], last: FlowSample, name: string): number | null {
  let sum: number | null = null;
  for (const [key, value] of last.counters) {
    if (!key.startsWith(name)) continue;
    const first = samples.find(({ counters }) => counters.has(key));
    const seconds = (last.at - (first?.at ?? last.at)) / 1_000;
    if (first === undefined || seconds <= 0) continue;
    sum = (sum ?? 0) + Math.max(0, value - (first.counters.get(key) ?? 0)) / seconds;
  }
  return sum;
}

/** How far all tallies together are behind the log. */
export interface Behind {
  readonly records: number;
  /** Estimated by the mean number of votes in a record; null while unknown. */
  readonly votes: number | null;
  /** How long the oldest record of any partition has been waiting. */
  readonly seconds: number;
  /** How many partitions are behind, out of how many. */
  readonly partitions: number;
  readonly of: number;
}

/** Adds up how far the tallies are behind; null while no tally knows. */
export function behindOf(snapshot: Snapshot): Behind | null {
  const { result, tallies } = snapshot;
  const held = tallies
    .flatMap(({ partitions }) => partitions)
    .filter(({ election }) => election === snapshot.election);
  const known = held.filter(({ lagRecords }) => lagRecords !== null);
  if (known.length === 0) return null;
  const records = known.reduce((sum, { lagRecords }) => sum + (lagRecords ?? 0), 0);
  const decidedRecords = held.reduce((sum, { position }) => sum + position, 0);
  const rejected = Object.values(result?.rejected ?? {}).reduce((sum, votes) => sum + votes, 0);
  const decided = (result?.counted ?? 0) + rejected + (result?.retriesAbsorbed ?? 0);
  return {
    records,
    votes: decidedRecords === 0 ? null : Math.round((records * decided) / decidedRecords),
    seconds: Math.max(...known.map(({ lagSeconds }) => lagSeconds ?? 0)),
    partitions: known.filter(({ lagRecords }) => lagRecords !== 0).length,
    of: known.length,
  };
}
