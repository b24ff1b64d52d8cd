import { countedText, formatCount } from "../../text/numbers.js";
import type { ReportedEvent, RoleHealth, Snapshot, StoreState } from "./snapshot.js";

/** Something that happened, for an operator to read. */
export interface MonitorEvent {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly level: "info" | "warning" | "failure";
  /** A role, a store, or an election's id. */
  readonly source: string;
  readonly text: string;
}

/** An event, and how often it came in a row; the newest one stands for all of them. */
export interface KeptEvent extends MonitorEvent {
  readonly times: number;
}

/**
 * Adds events; the same event several times in a row becomes one.
 *
 * @param most how many stay, the newest ones
 */
export function withEvents(
  kept: readonly KeptEvent[],
  fresh: readonly MonitorEvent[],
  most: number,
): readonly KeptEvent[] {
  const all = [...kept];
  for (const event of fresh) {
    const last = all.at(-1);
    const again = last?.source === event.source && gist(last.text) === gist(event.text);
    if (again && last !== undefined) all[all.length - 1] = { ...event, times: last.times + 1 };
    else all.push({ ...event, times: 1 });
  }
  return all.slice(-most);
}

/** The text without the reason in brackets, whose wording may change. */
function gist(text: string): string {
  return text.split(" (", 1)[0];
}

/** The number of the last event that each process has reported, by process id. */
export type LastEventNumbers = ReadonlyMap<number, number>;

/** Takes the events of one more snapshot into account. */
export function lastEventNumbers(
  before: LastEventNumbers,
  { roleEvents }: Snapshot,
): LastEventNumbers {
  const last = new Map(before);
  for (const { pid, number } of roleEvents) last.set(pid, Math.max(number, last.get(pid) ?? 0));
  return last;
}

/**
 * Derives what happened between two snapshots, in order of time.
 *
 * @param known the events that are not new
 */
export function eventsBetween(
  before: Snapshot | undefined,
  now: Snapshot,
  known: LastEventNumbers,
): MonitorEvent[] {
  const events = [...reportedEvents(known, now)];
  if (before !== undefined) {
    events.push(...roleHealthEvents(before, now), ...storeEvents(before, now));
    events.push(...electionEvents(before, now), ...ingestEvents(before, now));
    const stale = (snapshot: Snapshot) => snapshot.result?.stale === true;
    const { at } = now;
    if (stale(now) && !stale(before)) {
      events.push({ at, level: "failure", source: "serve", text: "cannot read the view" });
    } else if (stale(before) && now.result !== null && !stale(now)) {
      events.push({ at, level: "info", source: "serve", text: "reads the view again" });
    }
  }
  return events.sort((one, other) => one.at - other.at);
}

interface EventText {
  readonly level: MonitorEvent["level"];
  readonly text: (what: string) => string;
}

/** By the names that a tally gives its events. */
const eventTexts: Readonly<Record<string, EventText>> = {
  assigned: { level: "info", text: (what) => `takes ${what}` },
  revoked: { level: "info", text: (what) => `hands over ${what}` },
  sealed: { level: "info", text: (what) => `has sealed ${what}` },
  fenced: { level: "warning", text: (what) => `another tally was faster at ${what}: loads again` },
  failed: { level: "failure", text: (what) => `failed at ${what}, starts it again` },
  "ledger-retry": { level: "warning", text: (what) => `writes ${what} again: the ledger failed` },
  "view-retry": { level: "warning", text: () => "publishes again: the view failed" },
};

/** The new events of the roles; several of a kind at once become one line. */
function reportedEvents(
  known: LastEventNumbers,
  { roleEvents: reported }: Snapshot,
): MonitorEvent[] {
  const kinds = new Map<string, ReportedEvent[]>();
  for (const event of reported) {
    const { pid, number, name, election, detail } = event;
    if (number <= (known.get(pid) ?? 0)) continue;
    const kind = JSON.stringify([pid, name, election, detail]);
    kinds.set(kind, [...(kinds.get(kind) ?? []), event]);
  }
  return [...kinds.values()].map(asOne);
}

function asOne(same: readonly ReportedEvent[]): MonitorEvent {
  const { role, name, election, detail } = same[0];
  const partitions = same.flatMap(({ partition }) => partition ?? []);
  const where = partitions.length === 0 ? "" : `${partitionsText(partitions)} of ${election}`;
  const { level, text } = eventTexts[name] ?? { level: "info", text: (what) => `${name} ${what}` };
  const why = detail === "" ? "" : ` (${detail})`;
  const at = Math.max(...same.map((event) => event.at));
  return { at, level, source: role, text: `${text(where).trim()}${why}` };
}

/** "partition 3", "partitions 0-3, 7" */
export function partitionsText(partitions: readonly number[]): string {
  const sorted = [...new Set(partitions)].sort((one, other) => one - other);
  const runs: [number, number][] = [];
  for (const one of sorted) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === one - 1) run[1] = one;
    else runs.push([one, one]);
  }
  const texts = runs.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
  return `partition${sorted.length === 1 ? "" : "s"} ${texts.join(", ")}`;
}

function roleHealthEvents(before: Snapshot, now: Snapshot): MonitorEvent[] {
  return now.roles.flatMap((role) => {
    const old = before.roles.find((one) => one.url === role.url && one.role === role.role);
    return old === undefined ? [] : roleEvent(old, role, now);
  });
}

function roleEvent(old: RoleHealth, role: RoleHealth, { at }: Snapshot): MonitorEvent[] {
  const event = (level: MonitorEvent["level"], text: string) => [
    { at, level, source: role.role, text },
  ];
  if (role.state === "unreachable" && old.state !== "unreachable") {
    return event("failure", `cannot be reached: ${role.detail}`);
  }
  if (role.state === "not-ready" && old.state !== "not-ready") {
    return event("warning", `is not ready: ${role.detail}`);
  }
  const isNew = role.startedAt !== null && (old.startedAt ?? role.startedAt) !== role.startedAt;
  if (isNew) return event("warning", `was started again (process ${role.pid})`);
  if (role.state === "ready" && old.state !== "ready") {
    return event("info", role.pid === null ? "is ready" : `is ready (process ${role.pid})`);
  }
  return [];
}

function storeEvents(before: Snapshot, now: Snapshot): MonitorEvent[] {
  return now.stores.flatMap((store) => {
    const old = before.stores.find(({ part, store: name }) => {
      return part === store.part && name === store.store;
    });
    return old === undefined || old.reachable === store.reachable ? [] : storeEvent(store, now.at);
  });
}

function storeEvent(figures: StoreState, at: number): MonitorEvent[] {
  const { part, store, reachable, missedBy } = figures;
  const source = `${store} (${part})`;
  if (reachable === false) {
    const text = `does not answer ${missedBy.join(", ")}`;
    return [{ at, level: "failure", source, text }];
  }
  return reachable ? [{ at, level: "info", source, text: "answers" }] : [];
}

function electionEvents(before: Snapshot, now: Snapshot): MonitorEvent[] {
  return now.elections.flatMap(({ id, status }) => {
    const old = before.elections.find((election) => election.id === id);
    if (old === undefined || old.status === status) return [];
    return [{ at: now.at, level: "info", source: id, text: `${old.status} -> ${status}` } as const];
  });
}

function ingestEvents(before: Snapshot, { at, ingest }: Snapshot): MonitorEvent[] {
  if (ingest === null || before.ingest === null) return [];
  const event = (text: string) => [{ at, level: "warning", source: "ingest", text } as const];
  const retries = ingest.retries - before.ingest.retries;
  const unconfirmed = ingest.unconfirmed - before.ingest.unconfirmed;
  return [
    ...(retries > 0 ? event(`appends again: the log failed ${timesText(retries)}`) : []),
    ...(unconfirmed > 0
      ? event(`gave up ${countedText(unconfirmed, "ballot")}: outcome unknown`)
      : []),
  ];
}

const timesText = (times: number) => (times === 1 ? "once" : `${formatCount(times)} times`);
