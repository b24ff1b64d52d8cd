import { createCipheriv } from "node:crypto";

export interface PeerVote {
  readonly voter: string;
  readonly ballotId: string;
  readonly choice: string;
}

export const candidates = ["ana", "bruno", "clara"];
const secondVoteShare = 0.05;

/** The same votes for every build: seeded, 5 % of them a second vote of the voter before. */
export function* peerVotes(count: number): Generator<PeerVote> {
  const stream = createCipheriv("aes-128-ctr", Buffer.alloc(16, 3), Buffer.alloc(16));
  const zeros = Buffer.alloc(48);
  let previous = "";
  for (let index = 0; index < count; index++) {
    const random = stream.update(zeros);
    const second = random.readUInt32LE(32) < secondVoteShare * 2 ** 32 && previous !== "";
    const voter = second ? previous : random.toString("hex", 0, 16);
    previous = second ? "" : voter;
    const choice = candidates[random.readUInt32LE(36) % candidates.length];
    yield { voter, ballotId: random.toString("hex", 16, 32), choice };
  }
}
