import { Account } from "../../measure/account.js";
import { BallotPlan } from "../../plan/ballot-plan.js";
import { FrameWriter } from "./frame-writer.js";

const chunks = 64;
const chunkBallots = 1_024;

/**
 * Writes ballots that nobody gets, so that the code is compiled before the first ballot is due. A
 * cold generator is late during the first tenths of a second, and the system is not to blame.
 */
export function warmUpFrames(partitions: number): void {
  const account = new Account(
    new BallotPlan({
      seed: 0,
      stream: "warm-up",
      total: chunks * chunkBallots,
      weights: [1, 1],
      secondVoteShare: 0.05,
      retryShare: 0.01,
      minLag: chunkBallots,
      lagSpread: chunkBallots,
    }),
  );
  const producerId = new Uint8Array(16);
  const election = { election: "warm-up", instance: new Uint8Array(16), partitions };
  const writer = new FrameWriter({ account, ...election, producerId, keyId: new Uint8Array(8) });
  for (let made = 0; made < chunks; made++) {
    const chunk = writer.write(chunkBallots, 0);
    account.acknowledgeRange(chunk.from, chunk.to, chunk.firstVotes);
    writer.release(chunk);
  }
}
