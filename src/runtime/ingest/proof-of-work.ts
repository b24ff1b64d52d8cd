import { createChallenge, verifySolution } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/sha";
import { type Challenge, challengeSchema, proofSchema } from "../contracts/http/proof-of-work.js";
import { proofSecret } from "../core/abuse/proof-of-work.js";
import type { Election } from "../core/election.js";
import { proofValidMs } from "../core/limits.js";
import { ProofRequired } from "../http/limits/proof-required.js";
import type { KeyDirectory } from "../keys/key-directory.js";
import type { Chance } from "../time/chance.js";
import type { Clock } from "../time/clock.js";

/** One hash in 65,536 begins so: about a second of a telephone's time. */
const keyPrefix = "0000";
const ballotIdPattern = /^[0-9a-f]{32}$/;

/** A ballot's fields as a client sent them, not checked yet. */
interface SentBallot {
  readonly ballotId?: unknown;
  readonly proof?: unknown;
}

/**
 * Asks for proofs of work, and checks them. A challenge is signed, and is for one ballot of one
 * voter in one election. So a proof is good for that ballot alone, on every ingest, and they share
 * nothing for it; sending that ballot again changes nothing.
 */
export class ProofGate {
  readonly #keys: Pick<KeyDirectory, "electionKey">;
  readonly #clock: Pick<Clock, "wallClock">;
  readonly #chance: Pick<Chance, "bytes">;
  /** By key id. */
  readonly #secrets = new Map<string, string>();

  /** @param chance draws the id of a ballot that has none */
  constructor(
    keys: Pick<KeyDirectory, "electionKey">,
    clock: Pick<Clock, "wallClock">,
    chance: Pick<Chance, "bytes">,
  ) {
    this.#keys = keys;
    this.#clock = clock;
    this.#chance = chance;
  }

  /**
   * Checks that a voter's ballot has a proof that is good for it.
   *
   * @param tag the voter's, for this election
   * @throws ProofRequired with a new challenge; VoteError as the key directory does
   */
  async require(election: Election, tag: Buffer, ballot: SentBallot): Promise<void> {
    const { ballotId, proof } = ballot;
    const isGiven = typeof ballotId === "string" && ballotIdPattern.test(ballotId);
    const data = {
      ballot: isGiven ? ballotId : this.#chance.bytes(16).toString("hex"),
      election: election.instance,
      voter: tag.toString("hex"),
    };
    const secret = await this.#secretOf(election);
    const fault = await this.#faultOf(proof, data, secret);
    if (fault !== undefined) throw new ProofRequired(fault, await this.#challenge(data, secret));
  }

  async #faultOf(proof: unknown, data: Challenge["parameters"]["data"], secret: string) {
    if (proof === undefined) return "The ballot has no proof of work.";
    const { data: given } = proofSchema.safeParse(proof);
    if (given === undefined) return "The ballot's proof of work is not of the form that it has.";
    const { challenge, solution } = given;
    const { parameters } = challenge;
    if (parameters.expiresAt * 1_000 <= this.#clock.wallClock()) {
      return "The ballot's proof of work has expired.";
    }
    const { ballot, election, voter } = parameters.data;
    if (ballot !== data.ballot || election !== data.election || voter !== data.voter) {
      return "The proof of work is for another ballot.";
    }
    const verdict = { challenge, solution, deriveKey, hmacSignatureSecret: secret };
    const { verified } = await verifySolution(verdict);
    return verified ? undefined : "The ballot's proof of work is wrong.";
  }

  async #challenge(data: Challenge["parameters"]["data"], secret: string): Promise<Challenge> {
    const challenge = await createChallenge({
      ...{ algorithm: "SHA-256", cost: 1, keyPrefix, deriveKey, data },
      expiresAt: Math.ceil((this.#clock.wallClock() + proofValidMs) / 1_000),
      hmacSignatureSecret: secret,
    });
    return challengeSchema.parse(challenge);
  }

  async #secretOf(election: Election): Promise<string> {
    const known = this.#secrets.get(election.keyId);
    if (known !== undefined) return known;
    const secret = proofSecret(await this.#keys.electionKey(election));
    this.#secrets.set(election.keyId, secret);
    return secret;
  }
}
