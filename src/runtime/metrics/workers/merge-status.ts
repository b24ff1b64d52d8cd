import type {
  GatewayShare,
  IssuerState,
  PartitionStatus,
  Quantiles,
  RoleStatus,
  StoreHealth,
} from "../../contracts/http/status.js";
import { Counts } from "../../telemetry/metrics.js";

/** The roles that several processes can share. */
export type SharedRole = "ingest" | "tally" | "serve";

/** How the values of several processes make one. */
interface Merge<Value> {
  /** @param values of those that run, and of a counter also what those that ended had counted */
  readonly of: (values: readonly Value[]) => Value;
  /** What a process has counted counts on when it has ended. */
  readonly counter?: boolean;
}

/** Who answers, and what it numbers itself. */
type Own = "role" | "pid" | "startedAt" | "at" | "workers" | "events";
type Field<Role extends SharedRole> = Exclude<keyof RoleStatus<Role>, Own>;
type Merges<Role extends SharedRole> = {
  readonly [Name in Field<Role>]: Merge<RoleStatus<Role>[Name]>;
};

const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
const known = <T>(values: readonly (T | null)[]) => values.filter((value) => value !== null);
const highest = (values: readonly (number | null)[]) => {
  const all = known(values);
  return all.length === 0 ? null : Math.max(...all);
};
const lowest = (values: readonly (number | null)[]) => {
  const all = known(values);
  return all.length === 0 ? null : Math.min(...all);
};
/** The first of each key, in the order of the first ones. */
function firstOfEach<T>(all: readonly T[], keyOf: (one: T) => string): T[] {
  const first = new Map<string, T>();
  for (const one of all) if (!first.has(keyOf(one))) first.set(keyOf(one), one);
  return [...first.values()];
}

const total: Merge<number> = { of: sumOf, counter: true };
const sum: Merge<number> = { of: sumOf };
const some: Merge<boolean> = { of: (values) => values.includes(true) };
const oldest: Merge<number | null> = { of: highest };
const least: Merge<number | null> = { of: lowest };
const longest: Merge<number> = { of: (values) => Math.max(0, ...values) };

const totals: Merge<Record<string, number>> = {
  of: (records) => {
    const sums = new Counts();
    for (const [name, count] of records.flatMap((one) => Object.entries(one))) {
      sums.add(name, count);
    }
    return sums.asRecord();
  },
  counter: true,
};

/** There are no quantiles of quantiles: the slowest process's stand for all. */
const slowest: Merge<Quantiles | null> = {
  of: (all) => {
    const some = known(all);
    if (some.length === 0) return null;
    const of = (name: keyof Quantiles) => Math.max(...some.map((one) => one[name]));
    return { p50: of("p50"), p99: of("p99") };
  },
};

const farthestOff: Merge<number | null> = {
  of: (errors) =>
    known(errors).reduce<number | null>(
      (worst, error) => (Math.abs(error) > Math.abs(worst ?? 0) ? error : (worst ?? error)),
      null,
    ),
};

/** A store that one of them misses is missed. */
const stores: Merge<readonly StoreHealth[]> = {
  of: (lists) => {
    const all = lists.flat();
    const key = ({ part, store }: StoreHealth) => `${part}/${store}`;
    return firstOfEach(all, key).map((first) => {
      const same = all.filter((one) => key(one) === key(first));
      const missed = same.find(({ reachable }) => reachable === false);
      const asked = same.find(({ reachable }) => reachable !== null) ?? first;
      const latencyMs = highest(same.map((one) => one.latencyMs));
      return { ...(missed ?? asked), latencyMs };
    });
  },
};

const issuers: Merge<readonly IssuerState[] | undefined> = {
  of: (lists) => {
    if (lists.every((list) => list === undefined)) return undefined;
    const all = lists.flatMap((list) => list ?? []);
    return firstOfEach(all, ({ issuer }) => issuer).map(({ issuer }) => {
      const same = all.filter((one) => one.issuer === issuer);
      const keys = Math.max(...same.map((one) => one.keys));
      return { issuer, keys, ageMs: highest(same.map((one) => one.ageMs)) };
    });
  },
};

const gateways: Merge<readonly GatewayShare[] | undefined> = {
  of: (lists) => {
    if (lists.every((list) => list === undefined)) return undefined;
    const each = lists.map((list = []) => list.map((one) => [one.gateway, one.acknowledged]));
    const counts = totals.of(each.map((one) => Object.fromEntries(one)));
    return Object.entries(counts).map(([gateway, acknowledged]) => ({ gateway, acknowledged }));
  },
  counter: true,
};

/** While a partition passes from one to the other, both may tell of it: who is further counts. */
const partitions: Merge<readonly PartitionStatus[]> = {
  of: (lists) => {
    const sorted = lists.flat().sort((one, other) => other.position - one.position);
    const each = firstOfEach(sorted, ({ election, partition }) => `${election}/${partition}`);
    const byName = (one: PartitionStatus, other: PartitionStatus) =>
      one.election < other.election ? -1 : Number(one.election > other.election);
    return each.sort((one, other) => byName(one, other) || one.partition - other.partition);
  },
};

const common: Pick<Merges<"serve">, Field<"ingest"> & Field<"tally"> & Field<"serve">> = {
  draining: some,
  clockErrorMs: farthestOff,
  refused: totals,
  cpuSeconds: total,
  memoryBytes: sum,
  diskFreeBytes: least,
  diskBytes: least,
  stores,
};

const merges: { readonly [Role in SharedRole]: Merges<Role> } = {
  ingest: {
    ...common,
    acknowledged: total,
    unconfirmed: total,
    frames: total,
    retries: total,
    waitingBallots: sum,
    waitingRequests: sum,
    acknowledgeMs: slowest,
    issuers,
    gateways,
  },
  tally: {
    ...common,
    partitions,
    commits: total,
    commitMs: slowest,
    eventCounts: totals,
    viewLagMs: longest,
  },
  serve: {
    ...common,
    eventStreams: sum,
    webSockets: sum,
    messagesSent: total,
    bytesSent: total,
    viewAgeMs: oldest,
    stale: some,
  },
};

/** What processes that have ended had counted, by the field of their status. */
export type Ended = Readonly<Record<string, unknown>>;

/** Adds what a process had counted when it ended. */
export function withEnded<Role extends SharedRole>(
  role: Role,
  ended: Ended,
  status: RoleStatus<Role>,
): Ended {
  const counters = Object.entries(merges[role] as Record<string, Merge<unknown>>).filter(
    ([, { counter = false }]) => counter,
  );
  const last = status as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    counters.map(([name, { of }]) => [name, of([ended[name] ?? of([]), last[name]])]),
  );
}

/**
 * Makes one status of those of several processes: counters and loads add up; of ages, states and
 * durations the worst counts. It says nothing of who answers, and of events.
 */
export function mergeStatuses<Role extends SharedRole>(
  role: Role,
  statuses: readonly RoleStatus<Role>[],
  ended: Ended = {},
): Pick<RoleStatus<Role>, Field<Role>> {
  const all = statuses as readonly Readonly<Record<string, unknown>>[];
  const merged = Object.entries(merges[role] as Record<string, Merge<unknown>>).map(
    ([name, { of, counter = false }]) => {
      const values = all.map((status) => status[name]);
      return [name, of(counter && name in ended ? [...values, ended[name]] : values)];
    },
  );
  return Object.fromEntries(merged);
}
