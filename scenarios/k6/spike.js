// Single votes whose rate leaps to a peak, stays there, and falls again.
//
//   vote token issue --voters 10000 --election sample --out tokens.txt
//   k6 run --console-output spike.log scenarios/k6/spike.js
//   vote load verify spike.log --election sample
//
// VOTE_TOKENS  file with a token a line, as for votes.js  (tokens.txt)
// VOTE_RATE    votes a second at the peak                 (1000)
// VOTE_BASE    votes a second before and after            (10)
//
// VOTE_DURATION is how long each of the three parts takes. Further settings are in lib/election.js.
import { SharedArray } from "k6/data";
import exec from "k6/execution";
import {
  candidatesOf,
  duration,
  linesOf,
  newBallot,
  number,
  thresholds,
  vote,
  vus,
} from "./lib/election.js";

const tokens = new SharedArray("tokens", () => linesOf(__ENV.VOTE_TOKENS || "tokens.txt"));
const peak = number("VOTE_RATE", 1_000);
const base = number("VOTE_BASE", 10);

export const options = {
  scenarios: {
    spike: {
      executor: "ramping-arrival-rate",
      exec: "castVote",
      preAllocatedVUs: vus,
      maxVUs: vus,
      startRate: base,
      stages: [
        { target: base, duration },
        { target: peak, duration: "0s" },
        { target: peak, duration },
        { target: base, duration: "0s" },
        { target: base, duration },
      ],
    },
  },
  thresholds: thresholds(),
};

export function setup() {
  return candidatesOf();
}

export function castVote(candidates) {
  vote(newBallot(candidates), tokens[exec.scenario.iterationInTest % tokens.length]);
}
