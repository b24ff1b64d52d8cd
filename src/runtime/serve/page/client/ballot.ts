/** A ballot that this browser has made; the same one for every attempt to send it. */
export interface Ballot {
  readonly ballotId: string;
  readonly choice: string;
}

/** The ingest's answer: where the ballot stands in the log. */
export interface Receipt extends Ballot {
  readonly partition: number;
  readonly position: number;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
}

/** `unknown`: no answer that says either; the ballot may have arrived. */
export type Outcome =
  | { readonly kind: "acknowledged"; readonly receipt: Receipt }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "unknown" };

export interface Destination {
  readonly ingest: string;
  readonly election: string;
  readonly token: string;
}

/** 16 random bytes as 32 hexadecimal digits. */
export function newBallotId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function send(ballot: Ballot, { ingest, election, token }: Destination) {
  try {
    const answer = await fetch(`${ingest}/v1/elections/${election}/ballots`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify(ballot),
      signal: AbortSignal.timeout(15_000),
    });
    return await outcomeOf(answer, ballot);
  } catch {
    return { kind: "unknown" } satisfies Outcome;
  }
}

async function outcomeOf(answer: Response, ballot: Ballot): Promise<Outcome> {
  if (answer.ok) {
    const place = (await answer.json()) as Omit<Receipt, "choice">;
    return { kind: "acknowledged", receipt: { ...place, choice: ballot.choice } };
  }
  // Something in between, or a log whose answer was lost: only a clear no is a no.
  if (answer.status >= 500) return { kind: "unknown" };
  const { detail } = (await answer.json()) as { detail?: string };
  return { kind: "refused", reason: detail ?? String(answer.status) };
}

/**
 * Whether the count has passed the ballot's place in the log.
 *
 * @returns false also when the figures cannot be had just now
 */
export async function isTaken(election: string, { partition, position }: Receipt) {
  try {
    const url = `/v1/elections/${election}/result?detail=partitions`;
    const answer = await fetch(url, { cache: "no-store" });
    if (!answer.ok) return false;
    const { watermarks } = (await answer.json()) as {
      watermarks: readonly { partition: number; position: number }[];
    };
    return watermarks.some((one) => one.partition === partition && one.position > position);
  } catch {
    return false;
  }
}
