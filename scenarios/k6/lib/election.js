// What the k6 scripts of this folder share: settings, tokens, ballots, and the transcript of what
// was sent and answered, which `vote load verify` compares with the ledger.
//
// VOTE_INGEST_URL  where votes go               (http://127.0.0.1:4000)
// VOTE_SERVE_URL   where results are read       (http://127.0.0.1:4001)
// VOTE_ELECTION    the election, which is open  (sample)
// VOTE_DURATION    how long to send             (10s)
// VOTE_VUS         virtual users: requests at once, at most                 (50)
// VOTE_P99_MS      the bound of the threshold on the duration of a request  (1000)
//
// Files are relative to where k6 is started. For https:// with a CA of your own, k6 takes the
// usual SSL_CERT_FILE.
import { check } from "k6";
import crypto from "k6/crypto";
import http from "k6/http";

const { VOTE_INGEST_URL, VOTE_SERVE_URL, PWD } = __ENV;

export const ingestUrl = (VOTE_INGEST_URL || "http://127.0.0.1:4000").replace(/\/+$/, "");
export const serveUrl = (VOTE_SERVE_URL || "http://127.0.0.1:4001").replace(/\/+$/, "");
export const election = __ENV.VOTE_ELECTION || "sample";
export const duration = __ENV.VOTE_DURATION || "10s";
export const vus = number("VOTE_VUS", 50);

const electionUrl = `${ingestUrl}/v1/elections/${election}`;

/** A setting that is a number above 0. */
export function number(name, otherwise) {
  const value = Number(__ENV[name] || otherwise);
  if (!(value > 0)) throw new Error(`${name} is ${__ENV[name]}: allowed are numbers above 0.`);
  return value;
}

/** Every check holds, and requests are as fast as they have to be. */
export function thresholds() {
  const p99 = `p(99)<${number("VOTE_P99_MS", 1_000)}`;
  return { checks: ["rate==1"], http_req_duration: [p99] };
}

/** A rate that does not change, as an open loop: k6 sends when it is time, answered or not. */
export function constantRate(perSecond, exec) {
  const users = { preAllocatedVUs: vus, maxVUs: vus };
  return { executor: "constant-arrival-rate", exec, rate: perSecond, duration, ...users };
}

/** The lines of a file, without the line break at the end. */
export function linesOf(file) {
  const path = file.startsWith("/") || !PWD ? file : `${PWD}/${file}`;
  return open(path).trimEnd().split("\n");
}

/** The ids of the election's candidates. Ends the run if it is not open. */
export function candidatesOf() {
  const answer = http.get(electionUrl);
  if (answer.status !== 200) throw new Error(`${electionUrl} answers ${answer.status}.`);
  const { status, candidates } = answer.json();
  if (status !== "open") throw new Error(`Election ${election} is ${status}, not open.`);
  return candidates.map(({ id }) => id);
}

/** A ballot for a candidate, drawn at random: the first is as likely as any other. */
export function newBallot(candidates) {
  const ballotId = crypto.hexEncode(crypto.randomBytes(16));
  return { ballotId, choice: candidates[Math.floor(Math.random() * candidates.length)] };
}

/** Sends one voter's ballot. @returns whether it is durable */
export function vote(ballot, token) {
  record({ sent: { [ballot.ballotId]: ballot.choice } });
  const answer = post(`${electionUrl}/ballots`, token, "application/json", JSON.stringify(ballot));
  if (answer.status === 202) record({ acknowledged: [ballot.ballotId] });
  else if (isRefusal(answer)) record({ refused: { [ballot.ballotId]: codeOf(answer) } });
  return check(answer, { "vote is durable (202)": ({ status }) => status === 202 });
}

/** Sends a gateway's ballots, each with its `voter`, in one request. */
export function voteBatch(ballots, token) {
  record({ sent: Object.fromEntries(ballots.map(({ ballotId, choice }) => [ballotId, choice])) });
  const body = ballots.map((ballot) => JSON.stringify(ballot)).join("\n");
  const answer = post(`${electionUrl}/ballots:batch`, token, "application/x-ndjson", body);
  const lines = answer.status === 200 ? answer.json().lines : [];
  const taken = lines.filter(({ code }) => code === undefined);
  if (taken.length > 0) record({ acknowledged: taken.map(({ ballotId }) => ballotId) });
  const refused = isRefusal(answer)
    ? ballots.map(({ ballotId }) => [ballotId, codeOf(answer)])
    : // A refused line with a ballot id may be in the log: its outcome is unknown.
      lines
        .filter(({ code, ballotId }) => code !== undefined && ballotId === undefined)
        .map(({ line, code }) => [ballots[line - 1].ballotId, code]);
  if (refused.length > 0) record({ refused: Object.fromEntries(refused) });
  return check(answer, {
    "batch is answered (200)": ({ status }) => status === 200,
    "every vote is durable": () => taken.length === ballots.length,
  });
}

function post(url, token, type, body) {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": type };
  return http.post(url, body, { headers, timeout: "30s" });
}

/** After a 5xx, or without an answer, the ballot may be in the log or not. */
function isRefusal({ status }) {
  return status >= 400 && status < 500;
}

function codeOf(answer) {
  try {
    return String(answer.json().code);
  } catch {
    return `http-${answer.status}`;
  }
}

/** k6 keeps nothing of a request but what is printed: `--console-output FILE` takes it. */
function record(line) {
  console.log(JSON.stringify(line));
}
