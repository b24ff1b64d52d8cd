// A gateway's batches: many voters' ballots in one request.
//
//   vote token issue --gateway k6 --election sample --out gateway.token
//   k6 run --console-output batches.log scenarios/k6/batches.js
//   vote load verify batches.log --election sample
//
// VOTE_GATEWAY_TOKEN_FILE  file with the gateway's token   (gateway.token)
// VOTE_RATE                batches a second                (10)
// VOTE_BATCH               ballots in each, at most 10000  (100)
//
// Further settings are in lib/election.js.
import crypto from "k6/crypto";
import exec from "k6/execution";
import {
  candidatesOf,
  constantRate,
  linesOf,
  newBallot,
  number,
  thresholds,
  voteBatch,
} from "./lib/election.js";

const [token] = linesOf(__ENV.VOTE_GATEWAY_TOKEN_FILE || "gateway.token");
const size = number("VOTE_BATCH", 100);

export const options = {
  scenarios: { batches: constantRate(number("VOTE_RATE", 10), "sendBatch") },
  thresholds: thresholds(),
};

/** Each run has voters of its own. */
export function setup() {
  return { candidates: candidatesOf(), run: crypto.hexEncode(crypto.randomBytes(4)) };
}

export function sendBatch({ candidates, run }) {
  const first = exec.scenario.iterationInTest * size;
  const ballots = Array.from({ length: size }, (_, place) => {
    return { voter: `k6-${run}-${first + place}`, ...newBallot(candidates) };
  });
  voteBatch(ballots, token);
}
