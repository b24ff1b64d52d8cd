// Single votes with autocannon, which comes with vote: a closed loop, in which a connection sends
// its next vote once it has the answer to the last one.
//
//   vote token issue --voters 10000 --election sample --out tokens.txt
//   node scenarios/autocannon.js > votes.log
//   vote load verify votes.log --election sample
//
// VOTE_INGEST_URL   where votes go                      (http://127.0.0.1:4000)
// VOTE_ELECTION     the election, which is open         (sample)
// VOTE_TOKENS       file with a token a line; one vote is sent with each  (tokens.txt)
// VOTE_CONNECTIONS  connections                         (10)
// VOTE_RATE         votes a second, at most             (as many as it can)
//
// For https:// with a CA of your own, Node.js takes the usual NODE_EXTRA_CA_CERTS.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import autocannon from "autocannon";

const { VOTE_INGEST_URL, VOTE_ELECTION, VOTE_TOKENS, VOTE_CONNECTIONS, VOTE_RATE } = process.env;
const url = (VOTE_INGEST_URL || "http://127.0.0.1:4000").replace(/\/+$/, "");
const path = `/v1/elections/${VOTE_ELECTION || "sample"}`;
const tokens = readFileSync(VOTE_TOKENS || "tokens.txt", "utf8")
  .trimEnd()
  .split("\n");

/** Standard output is the transcript; what people read goes to standard error. */
function record(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function candidates() {
  const answer = await fetch(`${url}${path}`);
  if (!answer.ok) throw new Error(`${url}${path} answers ${answer.status}.`);
  return (await answer.json()).candidates.map(({ id }) => id);
}

const choices = await candidates();
let next = 0;

function setupRequest(request, context) {
  const ballotId = randomBytes(16).toString("hex");
  const choice = choices[Math.floor(Math.random() * choices.length)];
  const token = tokens[next++ % tokens.length];
  context.ballotId = ballotId;
  record({ sent: { [ballotId]: choice } });
  return {
    ...request,
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify({ ballotId, choice }),
  };
}

function onResponse(status, body, { ballotId }) {
  if (status === 202) record({ acknowledged: [ballotId] });
  // After a 5xx the ballot may be in the log or not.
  else if (status < 500) record({ refused: { [ballotId]: codeOf(body) ?? `http-${status}` } });
}

function codeOf(body) {
  try {
    return JSON.parse(body).code;
  } catch {
    return undefined;
  }
}

const rate = VOTE_RATE === undefined ? {} : { overallRate: Number(VOTE_RATE) };
const connections = Math.min(Number(VOTE_CONNECTIONS || 10), tokens.length);
const result = await autocannon({
  url,
  connections,
  amount: tokens.length,
  ...rate,
  requests: [{ method: "POST", path: `${path}/ballots`, setupRequest, onResponse }],
});
process.stderr.write(autocannon.printResult(result));
if (result.non2xx + result.errors > 0) process.exitCode = 99;
