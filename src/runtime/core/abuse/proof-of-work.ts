import { hash } from "node:crypto";
import { type Election, hasEnded } from "../election.js";
import { VoteError } from "../errors.js";

/**
 * Makes an election ask for a proof of work with each ballot that a voter sends, or no longer.
 *
 * @returns the same election if it is like that already
 * @throws VoteError `invalid-transition` for an election that is over
 */
export function withProofOfWork(election: Election, required: boolean): Election {
  const { proofOfWork, ...rest } = election;
  if ((proofOfWork ?? false) === required) return election;
  if (hasEnded(election)) {
    throw new VoteError("invalid-transition", `Election ${election.id} is ${election.status}.`, {
      hint: "It takes no more ballots, with or without a proof.",
    });
  }
  const next = { ...rest, revision: election.revision + 1 };
  return required ? { ...next, proofOfWork: true } : next;
}

/**
 * What an election's challenges are signed with: the same on each host that has its voter key. Like
 * the key's fingerprint it is no HMAC under the key, so that it is never a voter's tag.
 */
export function proofSecret(electionKey: Uint8Array): string {
  return hash("sha256", Buffer.concat([Buffer.from("vote proof of work v1"), electionKey]));
}
