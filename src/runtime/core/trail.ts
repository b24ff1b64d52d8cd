import { hash } from "node:crypto";
import { type Election, electionStatuses } from "./election.js";
import { VoteError } from "./errors.js";

/** One change of an election, as its trail keeps it. */
export interface ElectionChange {
  /** The election as this change left it; its revision is the change's number, from 1. */
  readonly election: Election;
  /** Who did it: "cli:ada", the subject of an admin's token, "schedule". */
  readonly by: string;
  /** Milliseconds since the epoch, by the clock of whoever did it. */
  readonly at: number;
  /** SHA-256 of the change before, as it is stored, in hexadecimal; empty for the first. */
  readonly previous: string;
}

/** An election's record, with every change that led to it, the oldest first. */
export interface ElectionHistory {
  readonly record: Election | undefined;
  readonly changes: readonly ElectionChange[];
}

/** The first change that is not as it was written. */
interface TrailFault {
  /** Its number, from 1. */
  readonly change: number;
  /** What is wrong, in words that follow the place. */
  readonly what: string;
}

/** What no change may alter once the election has this status: ballots were cast on it. */
const fixed = {
  draft: [
    "id",
    "instance",
    "title",
    "candidates",
    "partitions",
    "keyId",
    "keyFingerprint",
    "tokens",
    "createdAt",
  ],
  open: ["opensAt", "openedAt", "hoursAtOpening"],
  closed: ["closesAt", "closedAt"],
  certified: ["certifiedAt"],
} as const;

/** What changes only add to, because records of the log were judged by it. */
const growing = {
  signers: "a key that the election trusts",
  voided: "a record that is void",
  keyDestroyed: "a host that has destroyed its voter key",
} as const;

/** SHA-256 of a change as it is stored, in hexadecimal: the next one holds it. */
export function changeHash(change: ElectionChange): string {
  return hash("sha256", JSON.stringify(change));
}

/**
 * The hash of the newest change, empty without one. Whoever has written it down notices when any
 * change up to this one is altered later, even if all hashes after it were made to fit.
 */
export function trailHead(changes: readonly ElectionChange[]): string {
  const newest = changes.at(-1);
  return newest === undefined ? "" : changeHash(newest);
}

/**
 * Verifies that the changes are a chain from a first one, that each is a change which the rules
 * allow, and that the record is what the newest one left.
 *
 * @returns undefined for a whole trail
 */
export function trailFault({ record, changes }: ElectionHistory): TrailFault | undefined {
  for (const [index, change] of changes.entries()) {
    const what = faultOf(change, index + 1, changes[index - 1]);
    if (what !== undefined) return { change: index + 1, what };
  }
  const newest = changes.at(-1)?.election;
  if (record === undefined) {
    return newest && { change: newest.revision, what: "the election's record is missing" };
  }
  if (newest === undefined || record.revision > newest.revision) {
    const what = `it is missing, and the election's record is at change ${record.revision}`;
    return { change: changes.length + 1, what };
  }
  if (JSON.stringify(record) === JSON.stringify(newest)) return undefined;
  return { change: newest.revision, what: "the election's record is not as this change left it" };
}

/**
 * The election as its newest change left it, once its trail is verified.
 *
 * @returns undefined if there is no such election
 * @throws VoteError `corrupt-registry` naming the change
 */
export function verifiedElection(id: string, history: ElectionHistory): Election | undefined {
  const fault = trailFault(history);
  if (fault === undefined) return history.record;
  const place = `election ${id}, change ${fault.change}`;
  throw new VoteError("corrupt-registry", `The trail is damaged at ${place}: ${fault.what}.`, {
    hint: `\`vote election trail ${id}\` shows the changes. Restore the registry from a backup.`,
  });
}

function faultOf(
  change: ElectionChange,
  number: number,
  before: ElectionChange | undefined,
): string | undefined {
  const { revision, status } = change.election;
  if (revision !== number) return `it is missing: change ${revision} stands in its place`;
  if (before === undefined) {
    if (change.previous !== "") return "it names a change before, and is the first";
    if (status !== "draft") return `the first change leaves the election ${status}`;
    return momentFault(change.election);
  }
  if (change.previous !== changeHash(before)) {
    return `it does not hold the hash of change ${number - 1}: one of the two was altered`;
  }
  const steps = electionStatuses.indexOf(status) - electionStatuses.indexOf(before.election.status);
  if (steps !== 0 && steps !== 1) return `from ${before.election.status} to ${status}`;
  const misplaced = momentFault(change.election);
  if (misplaced !== undefined) return misplaced;
  const reached = electionStatuses.slice(0, electionStatuses.indexOf(before.election.status) + 1);
  const field = reached
    .flatMap((one) => fixed[one])
    .find(
      (name) => JSON.stringify(change.election[name]) !== JSON.stringify(before.election[name]),
    );
  if (field !== undefined) return `it alters ${field}, which is fixed`;
  for (const name of ["signers", "voided", "keyDestroyed"] as const) {
    const old = before.election[name] ?? [];
    const kept = change.election[name]?.slice(0, old.length) ?? [];
    if (JSON.stringify(kept) === JSON.stringify(old)) continue;
    return `it removes or alters ${growing[name]}`;
  }
  return undefined;
}

/** When a status was reached is there from then on, and not before. */
const moments = [
  ["openedAt", "open"],
  ["closedAt", "closed"],
  ["certifiedAt", "certified"],
] as const;

function momentFault(election: Election): string | undefined {
  const reached = electionStatuses.indexOf(election.status);
  for (const [moment, status] of moments) {
    const isReached = electionStatuses.indexOf(status) <= reached;
    if (isReached === (election[moment] !== undefined)) continue;
    return isReached
      ? `it leaves the election ${election.status} without ${moment}`
      : `it has ${moment}, and leaves the election ${election.status}`;
  }
  return undefined;
}
