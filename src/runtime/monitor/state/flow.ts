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
  /** Ballots that the log did not confirm, and requests that ingest refused as overloaded. */
  readonly unconfirmedPerSecond: number | null;
  readonly overloadedPerSecond: number | null;
  /** How many processor cores each role keeps busy, by its URL; without those not known. */
  readonly cpuCores: Readonly<Record<string, number>>;
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
  for (const { url, pid, cpuSeconds } of roles) {
    if (cpuSeconds !== null) counters.set(`cpu/${url} ${pid}`, cpuSeconds);
  }
  if (ingest !== null) {
    const pid = pidIn("ingest");
    counters.set(`acknowledged/${pid}`, ingest.acknowledged);
    counters.set(`unconfirmed/${pid}`, ingest.unconfirmed);
    counters.set(`overloaded/${pid}`, ingest.refused.overloaded ?? 0);
  }
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
    unconfirmedPerSecond: rate("unconfirmed/"),
    overloadedPerSecond: rate("overloaded/"),
    cpuCores: cpuCoresOf(samples),
  };
}

function cpuCoresOf(samples: readonly FlowSample[]): Flow["cpuCores"] {
  const last = samples.at(-1);
  const names = [...(last?.counters.keys() ?? [])].filter((key) => key.startsWith("cpu/"));
  const known = names.flatMap((name) => {
    const cores = last === undefined ? null : rateOf(samples, last, name);
    const url = name.slice("cpu/".length, name.lastIndexOf(" "));
    return cores === null ? [] : [[url, cores] as const];
  });
  return Object.fromEntries(known);
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

/** Less is the usual delay from the log to the ledger. */
export const behindSeconds = 3;

/**
 * Adds up how far the tallies are behind. Where no tally tells of some partitions, as when it is
 * down, this is what serve says of all of them, which is silent about less than three seconds.
 *
 * @returns null while nobody knows
 */
export function behindOf(snapshot: Snapshot): Behind | null {
  const { result, tallies } = snapshot;
  const held = tallies
    .flatMap(({ partitions }) => partitions)
    .filter(({ election }) => election === snapshot.election);
  const known = held.filter(({ lagRecords }) => lagRecords !== null);
  const perRecord = votesPerRecord(snapshot);
  const votesIn = (records: number) =>
    perRecord === null ? null : Math.round(records * perRecord);
  if (result?.behind && known.length < result.partitions) {
    const { records, partitions, since } = result.behind;
    const seconds = Math.max(0, snapshot.at - since) / 1_000;
    return { records, votes: votesIn(records), seconds, partitions, of: result.partitions };
  }
  if (known.length === 0) return null;
  const records = known.reduce((sum, { lagRecords }) => sum + (lagRecords ?? 0), 0);
  return {
    records,
    votes: votesIn(records),
    seconds: Math.max(...known.map(({ lagSeconds }) => lagSeconds ?? 0)),
    partitions: known.filter(({ lagRecords }) => lagRecords !== 0).length,
    of: known.length,
  };
}

/** The mean of all records that the figures count; null before the first. */
function votesPerRecord({ result }: Snapshot): number | null {
  const records = (result?.watermarks ?? []).reduce((sum, { position }) => sum + position, 0);
  if (!result || records === 0) return null;
  const rejected = Object.values(result.rejected).reduce((sum, votes) => sum + votes, 0);
  return (result.counted + rejected + result.retriesAbsorbed) / records;
}
