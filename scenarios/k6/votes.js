// Single votes at a constant rate, each with its own voter's token.
//
//   vote token issue --voters 10000 --election sample --out tokens.txt
//   k6 run --console-output votes.log scenarios/k6/votes.js
//   vote load verify votes.log --election sample
//
// VOTE_TOKENS  file with a token a line, one for each vote. With more votes than tokens, voters
//              vote again, and the count rejects these ballots as already-voted  (tokens.txt)
// VOTE_RATE    votes a second                                                    (100)
//
// Further settings are in lib/election.js.
import { SharedArray } from "k6/data";
import exec from "k6/execution";
import {
  candidatesOf,
  constantRate,
  linesOf,
  newBallot,
  number,
  thresholds,
  vote,
} from "./lib/election.js";

const tokens = new SharedArray("tokens", () => linesOf(__ENV.VOTE_TOKENS || "tokens.txt"));

export const options = {
  scenarios: { votes: constantRate(number("VOTE_RATE", 100), "castVote") },
  thresholds: thresholds(),
};

export function setup() {
  return candidatesOf();
}

export function castVote(candidates) {
  vote(newBallot(candidates), tokens[exec.scenario.iterationInTest % tokens.length]);
}
