// Readers of the live result, while a few votes change it.
//
//   vote token issue --voters 10000 --election sample --out tokens.txt
//   k6 run --console-output readers.log scenarios/k6/readers.js
//   vote load verify readers.log --election sample
//
// VOTE_TOKENS   file with a token a line, as for votes.js          (tokens.txt)
// VOTE_RATE     votes a second                                     (10)
// VOTE_READERS  readers; each asks again half a second after an answer  (50)
//
// Further settings are in lib/election.js.
import { check, sleep } from "k6";
import { SharedArray } from "k6/data";
import exec from "k6/execution";
import http from "k6/http";
import {
  candidatesOf,
  constantRate,
  duration,
  election,
  linesOf,
  newBallot,
  number,
  serveUrl,
  thresholds,
  vote,
} from "./lib/election.js";

const tokens = new SharedArray("tokens", () => linesOf(__ENV.VOTE_TOKENS || "tokens.txt"));
const resultUrl = `${serveUrl}/v1/elections/${election}/result`;
const betweenReadsSeconds = 0.5;

export const options = {
  scenarios: {
    votes: constantRate(number("VOTE_RATE", 10), "castVote"),
    readers: {
      executor: "constant-vus",
      exec: "readResult",
      vus: number("VOTE_READERS", 50),
      duration,
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

// What this reader has seen: each virtual user has its own.
let seen = { etag: "", counted: 0 };

export function readResult() {
  const headers = seen.etag === "" ? {} : { "If-None-Match": seen.etag };
  const answer = http.get(resultUrl, { headers });
  const isNew = answer.status === 200;
  const { counted, result } = isNew ? answer.json() : { counted: seen.counted, result: [] };
  check(answer, {
    "result is there (200 or 304)": ({ status }) => isNew || status === 304,
    "votes never become fewer": () => counted >= seen.counted,
    "candidates add up": () =>
      !isNew || result.reduce((sum, { votes }) => sum + votes, 0) === counted,
  });
  if (isNew) seen = { etag: answer.headers.Etag || "", counted };
  sleep(betweenReadsSeconds);
}
