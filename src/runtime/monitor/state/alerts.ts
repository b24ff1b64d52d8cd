import { countedText, formatBytes, formatCount, formatSeconds } from "../../text/numbers.js";
import { behindOf, behindSeconds, type Flow } from "./flow.js";
import type { RoleHealth, Snapshot, StoreState } from "./snapshot.js";
import { tallyIsDown } from "./standing.js";

/** Something that is wrong now, and what to do about it. */
export interface Alert {
  /** Recognizes it in the next snapshot, although its figures change. */
  readonly key: string;
  /** Critical: votes are refused, not counted or not shown. */
  readonly severity: "critical" | "warning";
  /** A role or a store. */
  readonly source: string;
  readonly text: string;
  readonly action: string;
}

/** An alert, and since when it has been there. */
export interface RaisedAlert extends Alert {
  /** When the monitor saw it first, in milliseconds since the epoch. */
  readonly since: number;
  /** It was there already when the monitor began to look, or looked again after a pause. */
  readonly before: boolean;
}

/** What is wrong in a snapshot, the worst first. */
export function alertsOf(snapshot: Snapshot, flow: Flow): readonly Alert[] {
  const all = [
    ...snapshot.roles.flatMap((role) => roleAlerts(role, snapshot)),
    ...haltAlerts(snapshot),
    ...snapshot.stores.flatMap(storeAlerts),
    ...behindAlerts(snapshot),
    ...viewAlerts(snapshot),
    ...ingestAlerts(flow),
    ...diskAlerts(snapshot.roles),
  ];
  const rank = ({ severity }: Alert) => (severity === "critical" ? 0 : 1);
  return all.sort((one, other) => rank(one) - rank(other));
}

/** The monitor has looked away for so long that it cannot say when something began. */
const unseenMs = 15_000;

/** Dates alerts: those of the snapshot before keep their time. */
export function raisedAlerts(
  before: Snapshot | undefined,
  kept: readonly RaisedAlert[],
  fresh: readonly Alert[],
  at: number,
): readonly RaisedAlert[] {
  const unseen = before === undefined || at - before.at > unseenMs;
  return fresh.map((alert) => {
    const same = kept.find(({ key }) => key === alert.key);
    return { ...alert, since: same?.since ?? at, before: same?.before ?? unseen };
  });
}

const whileAway: Readonly<Record<RoleHealth["role"], string>> = {
  ingest: "It takes no votes. Look at its log, start it again. Nothing taken is lost.",
  tally: "Look at its log, start it again. Acknowledged votes wait; none is lost.",
  serve: "It shows no results. Look at its log, start it again. Counting goes on.",
  admin: "It changes no election. Look at its log, start it again. Counting goes on.",
  certify: "No result becomes official by itself. Look at its log, start it again.",
};

function roleAlerts(health: RoleHealth, snapshot: Snapshot): Alert[] {
  const { role, url, state, detail } = health;
  if (state === "ready") return [];
  const key = `${role} ${url}`;
  if (state === "not-ready") {
    const action = "It takes no work until that is mended. Acknowledged votes are safe.";
    const severity = role === "admin" ? "warning" : "critical";
    return [
      { key: `${key} not ready`, severity, source: role, text: `not ready: ${detail}`, action },
    ];
  }
  const others = role === "tally" && !tallyIsDown(snapshot);
  const severity = role === "admin" || others ? "warning" : "critical";
  const action = others
    ? "The other tallies take its partitions. Start it again."
    : whileAway[role];
  const waiting = role === "tally" && !others ? waitingText(snapshot) : "";
  return [{ key, severity, source: role, text: `does not answer${waiting}: ${detail}`, action }];
}

function waitingText(snapshot: Snapshot): string {
  const behind = behindOf(snapshot);
  if (behind === null || behind.records === 0) return "";
  return `, ${backlogText(behind)} waiting`;
}

/** "1,234 records (~3,700 votes)" */
export function backlogText(behind: { readonly records: number; readonly votes: number | null }) {
  const { records, votes } = behind;
  const about = votes === null ? "" : ` (~${countedText(votes, "vote")})`;
  return `${countedText(records, "record")}${about}`;
}

function haltAlerts({ tallies }: Snapshot): Alert[] {
  const halted = tallies.flatMap(({ partitions }) => partitions.filter((one) => one.halted !== ""));
  return halted.map(({ election, partition, halted: damage }) => ({
    key: `halted ${election} ${partition}`,
    severity: "critical",
    source: "tally",
    text: `partition ${partition} of ${election} is halted: ${damage}`,
    action: "Keep the data as it is; see docs/reference/errors.md. The others go on.",
  }));
}

const withoutStore: Readonly<Record<StoreState["part"], string>> = {
  log: "Ingest refuses votes until it answers. Acknowledged votes are safe.",
  ledger: "Nothing is decided until it answers. Acknowledged votes wait in the log.",
  view: "Viewers see old figures until it answers. Counting goes on.",
};

function storeAlerts({ part, store, reachable, missedBy, detail }: StoreState): Alert[] {
  if (reachable !== false) return [];
  const text = `does not answer ${missedBy.join(", ")}: ${detail}`;
  const source = `${store} (${part})`;
  return [{ key: source, severity: "critical", source, text, action: withoutStore[part] }];
}

const farBehindSeconds = 30;

function behindAlerts(snapshot: Snapshot): Alert[] {
  const behind = behindOf(snapshot);
  if (behind === null || behind.seconds < behindSeconds || tallyIsDown(snapshot)) return [];
  const since = formatSeconds(behind.seconds * 1_000);
  return [
    {
      key: "behind",
      severity: behind.seconds >= farBehindSeconds ? "critical" : "warning",
      source: "tally",
      text: `${since} behind: ${backlogText(behind)} waiting`,
      action: "If it grows, start another tally: tallies share the partitions.",
    },
  ];
}

/** Serve reads the view every second even without clients. */
export const oldViewMs = 5_000;

function viewAlerts({ serve, tallies }: Snapshot): Alert[] {
  const lagMs = Math.max(0, ...tallies.map(({ viewLagMs }) => viewLagMs));
  const source = "view";
  const action = "Look at its store and at the logs of tally and serve. Counting goes on.";
  const severity = "warning";
  if (serve?.stale === true) {
    return [{ key: "stale", severity, source, text: "serve cannot read it", action }];
  }
  if (lagMs <= oldViewMs) return [];
  const text = `figures have been waiting for it for ${formatSeconds(lagMs)}`;
  return [{ key: "view lag", severity, source, text, action }];
}

function ingestAlerts({ overloadedPerSecond, unconfirmedPerSecond }: Flow): Alert[] {
  const alert = (key: string, text: string, action: string) =>
    ({ key, severity: "critical", source: "ingest", text, action }) as const;
  const perSecond = (rate: number) => (rate < 1 ? "some" : `${formatCount(rate)}/s`);
  return [
    ...((unconfirmedPerSecond ?? 0) > 0
      ? [
          alert(
            "unconfirmed",
            `the log does not confirm ballots: ${perSecond(unconfirmedPerSecond ?? 0)}`,
            "Look at the log's store. Senders repeat them with the same ballotId.",
          ),
        ]
      : []),
    ...((overloadedPerSecond ?? 0) > 0
      ? [
          alert(
            "overloaded",
            `refuses requests as overloaded: ${perSecond(overloadedPerSecond ?? 0)}`,
            "Senders try again later. If it stays, start another ingest.",
          ),
        ]
      : []),
  ];
}

const littleDisk = 0.1;
const hardlyAnyDisk = 0.02;

/** Roles that report the same disk share an alert. */
function diskAlerts(roles: readonly RoleHealth[]): Alert[] {
  const disks = new Map<number, { free: number; by: string[] }>();
  for (const { role, diskBytes, diskFreeBytes } of roles) {
    if (diskBytes === null || diskFreeBytes === null || diskFreeBytes >= diskBytes * littleDisk) {
      continue;
    }
    const disk = disks.get(diskBytes) ?? { free: diskFreeBytes, by: [] };
    disk.by.push(role);
    disks.set(diskBytes, { ...disk, free: Math.min(disk.free, diskFreeBytes) });
  }
  return [...disks].map(([size, { free, by }]) => ({
    key: `disk ${size}`,
    severity: free < size * hardlyAnyDisk ? "critical" : "warning",
    source: "disk",
    text: `${formatBytes(free)} of ${formatBytes(size)} left to ${[...new Set(by)].join(", ")}`,
    action: "Make room: on a full disk ingest refuses votes, and nothing is counted.",
  }));
}
