import { Account } from "../../measure/account.js";
import { BallotPlan } from "../../plan/ballot-plan.js";
import { FrameWriter } from "./frame-writer.js";

const chunks = 64;
const chunkBallots = 1_024;

/**
 * Writes ballots for nobody, so that what writes them is compiled before the first one is due: a
 * cold generator is late with the first tenths of a second, which is not the system's doing.
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
  const writer = new FrameWriter({ account, election: "warm-up", partitions, producerId });
  for (let made = 0; made < chunks; made++) {
    const chunk = writer.write(chunkBallots, 0);
    account.acknowledgeRange(chunk.from, chunk.to, chunk.firstVotes);
    writer.release(chunk);
  }
}
