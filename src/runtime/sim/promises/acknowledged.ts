import type { Garbage } from "../actors/intruder.js";
import type { Acknowledged, Vote } from "../actors/voters.js";
import type { World } from "../world/world.js";
import { type Decided, isClosedOut, isCounted, nameOf } from "./evidence.js";

const keyOf = (ballotId: string, voterTag: string) => `${voterTag}/${ballotId}`;

/** What the voters did, and what was decided of it. */
export interface Outcome {
  readonly acknowledged: readonly Acknowledged[];
  readonly votes: readonly Vote[];
  readonly decided: readonly Decided[];
  /** Records that nobody can read. */
  readonly garbage: readonly Garbage[];
  /** Records that are not what was decided. */
  readonly altered: readonly Garbage[];
  /** A voter's tag, in hexadecimal. */
  readonly tagOf: (voter: string) => string;
}

/** Each acknowledged ballot is decided exactly once, with the choice that its voter made. */
export function acknowledgedAreDecidedOnce(world: World, outcome: Outcome): void {
  const promise = "Each acknowledged ballot is decided exactly once";
  const byKey = new Map<string, Decided[]>();
  for (const one of outcome.decided) {
    const key = keyOf(one.ballotId, one.voterTag);
    byKey.set(key, [...(byKey.get(key) ?? []), one]);
  }
  for (const { ballotId, voter, choice, partition, position } of outcome.acknowledged) {
    const found = byKey.get(keyOf(ballotId, outcome.tagOf(voter))) ?? [];
    const what = `${ballotId}, acknowledged at partition ${partition}, position ${position}`;
    if (found.length === 0) world.breaks(promise, `${what}, is in no segment`);
    if (found.length > 1) world.breaks(promise, `${what}, is decided ${found.length} times`);
    if (found.some((one) => one.choice !== choice))
      world.breaks(promise, `${what}, has another choice`);
  }
}

/** No acknowledged ballot is rejected as `election-closed`. */
export function noAcknowledgedIsClosedOut(world: World, outcome: Outcome): void {
  const late = new Map(
    outcome.decided.filter(isClosedOut).map((one) => [keyOf(one.ballotId, one.voterTag), one]),
  );
  for (const { ballotId, voter, by, atMs } of outcome.acknowledged) {
    const one = late.get(keyOf(ballotId, outcome.tagOf(voter)));
    if (one === undefined) continue;
    const where = `partition ${one.partition}, segment ${one.sequence}`;
    const what = `${ballotId}, acknowledged by ${by} at ${atMs.toFixed(0)} ms, is out in ${where}`;
    world.breaks("No acknowledged ballot is rejected as `election-closed`", what);
  }
}

/** At most one ballot of a voter is counted; a voter with an acknowledged ballot has one. */
export function oneIsCountedForEachVoter(world: World, outcome: Outcome): void {
  const promise = "At most one ballot of a voter is counted";
  const ballots = new Map<string, Decided>();
  for (const one of outcome.decided.filter(isCounted)) {
    const first = ballots.get(one.voterTag);
    if (first === undefined) ballots.set(one.voterTag, one);
    else world.breaks(promise, `${one.ballotId} is counted beside ${first.ballotId}`);
  }
  for (const { voter, ballotId } of outcome.acknowledged) {
    if (ballots.has(outcome.tagOf(voter))) continue;
    const of = outcome.decided.find((one) => one.ballotId === ballotId);
    const what = `${ballotId} was acknowledged, and nothing of its voter is counted`;
    world.breaks(promise, `${what} (${of === undefined ? "not decided" : nameOf(of)})`);
  }
}

/** Whoever can write to the log alone can add no ballot. */
export function nothingIsInvented(world: World, outcome: Outcome): void {
  const sent = new Map(outcome.votes.map((vote) => [vote.ballotId, vote]));
  for (const { ballotId, voterTag, choice, partition, sequence } of outcome.decided) {
    const vote = sent.get(ballotId);
    const isSent = vote !== undefined && outcome.tagOf(vote.voter) === voterTag;
    if (isSent && vote.choice === choice) continue;
    const what = `${ballotId} in partition ${partition}, segment ${sequence} was sent by no voter`;
    world.breaks("Whoever can write to the log alone can add no ballot", what);
  }
}
