import { VoteError } from "./errors.js";
import { announceMs, maxCandidates, maxIdBytes, maxPartitions } from "./limits.js";
import { isPrintable } from "./printable.js";
import type { Signer } from "./signers.js";
import type { VoidedRecord } from "./voided-record.js";

export const electionStatuses = ["draft", "open", "closed", "certified"] as const;
export type ElectionStatus = (typeof electionStatuses)[number];

export interface Candidate {
  readonly id: string;
  readonly name: string;
}

/** A host has destroyed its copy of an election's voter key. */
export interface KeyDestruction {
  /** The id of the host's admin key. */
  readonly host: string;
  readonly at: number;
}

/** Whether an election refuses a gateway's batches: the last word on it. */
export interface GatewayStanding {
  /** As ingest names it: the subject of its token, and in brackets an issuer not our own. */
  readonly gateway: string;
  readonly suspended: boolean;
  /** In the admin's words. */
  readonly reason: string;
  readonly at: number;
}

/** Times are milliseconds since the epoch. Callers pass them in, because core has no clock. */
export interface Election {
  readonly id: string;
  /** 16 random bytes in hexadecimal: tells elections apart that had the same id in turn. */
  readonly instance: string;
  readonly title: string;
  /** Ordered: a ballot's choice is an index into this list. Fixed once the election is open. */
  readonly candidates: readonly Candidate[];
  readonly status: ElectionStatus;
  /** Fixed at creation. */
  readonly partitions: number;
  /** Names the secret that turns voter ids into voter tags. */
  readonly keyId: string;
  /** Whose frames and close markers are its own. Keys are added, never removed. */
  readonly signers: readonly Signer[];
  /** Records of its log that are passed over, by an admin's word. */
  readonly voided: readonly VoidedRecord[];
  /** SHA-256 in hexadecimal by which each host knows that its key of that id is the same. */
  readonly keyFingerprint: string;
  /** Tokens that name no election do, too. Default: only those that name this one. */
  readonly tokens?: "any-election";
  readonly createdAt: number;
  /** When the system opens the election. */
  readonly opensAt?: number;
  /** No ballot is accepted from then on, whoever closes it, and however late. */
  readonly closesAt?: number;
  /** The schedule as it was when the election opened; part of its definition from then on. */
  readonly hoursAtOpening?: ElectionSchedule;
  readonly openedAt?: number;
  readonly closedAt?: number;
  readonly certifiedAt?: number;
  /** The hosts that have destroyed their copy of the key, after certification. */
  readonly keyDestroyed?: readonly KeyDestruction[];
  /** Gateways that were suspended, and maybe let in again; every other one is welcome. */
  readonly gateways?: readonly GatewayStanding[];
  /** Ballots that voters send themselves need a proof of work. Default: they need none. */
  readonly proofOfWork?: true;
  /** Counts changes from 1. The registry replaces a record only while its revision is unchanged. */
  readonly revision: number;
}

interface ElectionDraft {
  readonly id: string;
  /** 16 random bytes in hexadecimal. */
  readonly instance: string;
  readonly title: string;
  readonly candidates: readonly Candidate[];
  readonly partitions: number;
  readonly keyId: string;
  /** Default: none yet. */
  readonly signers?: readonly Signer[];
  readonly keyFingerprint: string;
  readonly tokens?: "any-election" | undefined;
  readonly createdAt: number;
  readonly opensAt?: number;
  readonly closesAt?: number;
}

const idPattern = /^[a-z0-9][a-z0-9-]*$/;

/**
 * Checks a draft and makes it an election with status `draft`.
 *
 * @throws VoteError `invalid-election`
 */
export function createElection(draft: ElectionDraft): Election {
  const { id, instance, title, candidates, partitions, createdAt } = draft;
  const { keyId, keyFingerprint, signers = [] } = draft;
  requireId("election id", id);
  requireId("key id", keyId);
  for (const name of [title, ...candidates.map((candidate) => candidate.name)]) {
    if (!isPrintable(name)) throw invalid("a name has invisible characters", "Remove them.");
  }
  if (title.trim() === "") throw invalid("the title is empty", "Give it a title.");
  if (candidates.length < 1 || candidates.length > maxCandidates) {
    throw invalid(`${candidates.length} candidates`, `Give 1 to ${maxCandidates} candidates.`);
  }
  for (const candidate of candidates) requireId("candidate id", candidate.id);
  const ids = candidates.map((candidate) => candidate.id);
  const twice = ids.find((candidateId, index) => ids.indexOf(candidateId) !== index);
  if (twice !== undefined) throw invalid(`candidate ${twice} is listed twice`, "List each once.");
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > maxPartitions) {
    throw invalid(`${partitions} partitions`, `Choose 1 to ${maxPartitions} partitions.`);
  }
  const key = { keyId, keyFingerprint, signers };
  const plain = { id, instance, title, candidates, partitions, ...key, voided: [], createdAt };
  const tokens = draft.tokens === undefined ? {} : { tokens: draft.tokens };
  const schedule = checkedSchedule(draft);
  return { ...plain, ...tokens, ...schedule, status: "draft", revision: 1 };
}

/** When an election opens and closes by itself. Without a time, someone has to do it. */
export interface ElectionSchedule {
  /** Milliseconds since the epoch. */
  readonly opensAt?: number;
  readonly closesAt?: number;
}

/** @throws VoteError `invalid-election` */
function checkedSchedule({ opensAt, closesAt }: ElectionSchedule): ElectionSchedule {
  for (const [name, time] of Object.entries({ opensAt, closesAt })) {
    if (time === undefined || (Number.isSafeInteger(time) && time >= 0)) continue;
    throw invalid(`${name} is ${time}`, "Give milliseconds since 1970-01-01T00:00:00Z.");
  }
  if (opensAt !== undefined && closesAt !== undefined && closesAt <= opensAt) {
    throw invalid("it closes before it opens", "Make closesAt later than opensAt.");
  }
  return scheduleOf({ opensAt, closesAt });
}

/** The schedule alone: without a time there is no field. */
function scheduleOf({ opensAt, closesAt }: ElectionSchedule): ElectionSchedule {
  return {
    ...(opensAt === undefined ? {} : { opensAt }),
    ...(closesAt === undefined ? {} : { closesAt }),
  };
}

/** What to change of a schedule: a time, null to remove it, nothing to leave it as it is. */
export type ScheduleChange = {
  readonly [name in keyof ElectionSchedule]: number | null | undefined;
};

/**
 * Changes the election's schedule.
 *
 * @param now milliseconds since the epoch
 * @param clockErrorMs how far apart the clocks of two processes may be
 * @throws VoteError `invalid-election`, or `invalid-transition` for a time that is already past use
 */
export function withSchedule(
  election: Election,
  change: ScheduleChange,
  now: number,
  clockErrorMs = 0,
): Election {
  const { id, status, revision } = election;
  const schedule = changedSchedule(election, change);
  const over = status === "closed" || status === "certified";
  if (over || (status === "open" && schedule.opensAt !== election.opensAt)) {
    throw new VoteError("invalid-transition", `Election ${id} is already ${status}.`, {
      hint: over ? "Its schedule is over." : "Only the closing time can still be changed.",
    });
  }
  const { opensAt: _, closesAt: before, ...rest } = election;
  const { closesAt = Number.POSITIVE_INFINITY } = schedule;
  if (status === "open" && closesAt !== before && closesAt < now + announceMs + clockErrorMs) {
    throw invalid(
      "an open election cannot close in the past, or by surprise",
      "Give a later time; to close it as soon as possible, close it by hand.",
    );
  }
  for (const name of ["opensAt", "closesAt"] as const) {
    const time = schedule[name];
    if (time === undefined || time === election[name] || time > now) continue;
    const seconds = Math.ceil((now - time) / 1_000);
    throw invalid(`${name} is past, by ${seconds} s`, "Give a time that is still to come.");
  }
  return { ...rest, ...checkedSchedule(schedule), revision: revision + 1 };
}

function changedSchedule(election: ElectionSchedule, change: ScheduleChange): ElectionSchedule {
  const { opensAt = election.opensAt, closesAt = election.closesAt } = change;
  return { opensAt: opensAt ?? undefined, closesAt: closesAt ?? undefined };
}

/** Whether an election can have this id. */
export function isElectionId(id: string): boolean {
  return id.length <= maxIdBytes && idPattern.test(id);
}

function requireId(what: string, id: string): void {
  if (isElectionId(id)) return;
  throw invalid(
    `${what} "${id.slice(0, 80)}" is not valid`,
    `Use 1 to ${maxIdBytes} characters of a-z, 0-9 and "-", not starting with "-".`,
  );
}

function invalid(detail: string, hint: string): VoteError {
  return new VoteError("invalid-election", `Election: ${detail}.`, { hint });
}

const follows: Record<ElectionStatus, ElectionStatus | undefined> = {
  draft: "open",
  open: "closed",
  closed: "certified",
  certified: undefined,
};

/**
 * Moves the election on to its next status, `now` in milliseconds since the epoch.
 *
 * @throws VoteError `invalid-transition` for any other status
 */
export function withStatus(election: Election, status: ElectionStatus, now: number): Election {
  requireNext(election, status);
  const next = { ...election, status, revision: election.revision + 1 };
  if (status === "open") return { ...next, hoursAtOpening: scheduleOf(election), openedAt: now };
  if (status === "closed") return { ...next, closedAt: now };
  return { ...next, certifiedAt: now };
}

/**
 * Checks that the election's next status is this one.
 *
 * @throws VoteError `invalid-transition`
 */
export function requireNext(election: Election, status: ElectionStatus): void {
  if (follows[election.status] === status) return;
  const { id, status: now } = election;
  const detail = now === status ? `is ${now} already` : `is ${now} and cannot become ${status}`;
  throw new VoteError("invalid-transition", `Election ${id} ${detail}.`, {
    hint: "The order is draft, open, closed, certified.",
  });
}

/** Whether the election is over for good: no closing time can be changed any more. */
export function hasEnded({ status }: Election): boolean {
  return status === "closed" || status === "certified";
}

/**
 * Checks that the election accepts ballots. Its hours count as well as its status: the process that
 * opened it may have a fast clock, and it closes a while after its last ballot was taken.
 *
 * @param now milliseconds since the epoch
 * @throws VoteError `election-not-open` or `election-closed`
 */
export function requireOpen(election: Election, now: number): void {
  const { openedAt = 0, closesAt = Number.POSITIVE_INFINITY } = election;
  if (election.status === "open" && openedAt <= now && now < closesAt) return;
  if (election.status === "draft" || (election.status === "open" && now < openedAt)) {
    throw new VoteError("election-not-open", `Election ${election.id} is not open yet.`, {
      hint: "Try again once it is open.",
    });
  }
  const status = election.status === "open" ? "closing" : election.status;
  throw new VoteError("election-closed", `Election ${election.id} is ${status}.`, {
    hint: "It accepts no more ballots. One sent before with this ballotId may have been taken.",
  });
}

/** Maps each candidate's id to its index, which is how a ballot states its choice. */
export function choicesOf(election: Election): ReadonlyMap<string, number> {
  return new Map(election.candidates.map((candidate, index) => [candidate.id, index]));
}
