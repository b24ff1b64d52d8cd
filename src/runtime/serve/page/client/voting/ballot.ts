import type { BallotReceipt } from "../../../../contracts/http/ballot.js";
import type { Problem } from "../../../../contracts/http/problem.js";
import type { Challenge, Proof } from "../../../../contracts/http/proof-of-work.js";
import { solve } from "./proof.js";

/** A ballot made by this browser; every attempt to send it sends the same one. */
export interface Ballot {
  readonly ballotId: string;
  readonly choice: string;
}

/** The ingest's answer, with the ballot's place in the log and a signed promise, and the choice. */
export type Receipt = Ballot & Omit<BallotReceipt, "election">;

/** What became of a ballot; `unknown` if it may have arrived although no answer says so. */
export type Outcome =
  | { readonly kind: "acknowledged"; readonly receipt: Receipt }
  | { readonly kind: "refused"; readonly code: string; readonly challenge?: Challenge }
  | { readonly kind: "unknown" };

/** Where and with which token to send a ballot. */
interface Destination {
  readonly ingest: string;
  readonly election: string;
  readonly token: string;
}

/** Makes a ballot id: 16 random bytes as 32 hexadecimal digits. */
export function newBallotId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A proof may expire while it is made. */
const maxProofs = 3;

/**
 * Sends a ballot, with a proof of work if the election asks for one; sending the same one again is
 * safe. Never throws.
 */
export async function send(ballot: Ballot, destination: Destination): Promise<Outcome> {
  let outcome = await post(ballot, destination);
  for (let proofs = 0; proofs < maxProofs; proofs++) {
    if (outcome.kind !== "refused" || outcome.challenge === undefined) break;
    const proof = await solve(outcome.challenge).catch(() => undefined);
    if (proof === undefined) break;
    outcome = await post({ ...ballot, proof }, destination);
  }
  return outcome;
}

async function post(
  ballot: Ballot & { readonly proof?: Proof },
  { ingest, election, token }: Destination,
): Promise<Outcome> {
  try {
    const answer = await fetch(`${ingest}/v1/elections/${election}/ballots`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${token}`,
        prefer: "receipt",
      },
      body: JSON.stringify(ballot),
      signal: AbortSignal.timeout(15_000),
    });
    return await outcomeOf(answer, ballot);
  } catch {
    return { kind: "unknown" };
  }
}

async function outcomeOf(answer: Response, ballot: Ballot): Promise<Outcome> {
  if (answer.ok) {
    const place = (await answer.json()) as BallotReceipt;
    return { kind: "acknowledged", receipt: { ...place, choice: ballot.choice } };
  }
  // A proxy may have failed, or the log's answer may be lost: only a 4xx is a refusal. After a 408,
  // nobody knows who was late.
  if (answer.status >= 500 || answer.status === 408) return { kind: "unknown" };
  const { code, challenge } = (await answer.json()) as Partial<Problem>;
  return { kind: "refused", code: code ?? String(answer.status), challenge };
}
