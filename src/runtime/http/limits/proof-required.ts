import type { Challenge } from "../../contracts/http/proof-of-work.js";
import { VoteError } from "../../core/errors.js";

/** A ballot without a proof of work that is good for it, and what to solve for one. */
export class ProofRequired extends VoteError {
  readonly challenge: Challenge;

  constructor(detail: string, challenge: Challenge) {
    super("proof-required", detail, {
      hint: "Solve the challenge, and send the same ballot with its ballotId and the proof.",
    });
    this.challenge = challenge;
  }
}
