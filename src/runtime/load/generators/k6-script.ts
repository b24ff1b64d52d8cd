import { electionClaim, ownIssuer, tokenAudience } from "../../keys/tokens.js";
import { blockWords } from "../plan/ballot-plan.js";
import type { ExternalStream } from "./external-stream.js";

/** Begins each line of stderr that reports a ballot; the other lines are k6's own. */
export const recordMark = "vote-load ";
/** The environment variable with the secret that signs tokens. */
export const secretVariable = "VOTE_LOAD_TOKEN_SECRET";
/** The name of the file with one line for each ballot. */
export const ballotsFile = "ballots.txt";
/** A token is made when its ballot is sent, so this outlasts its use. */
const tokenSeconds = 3_600;
const requestTimeoutSeconds = 10;
/** k6 may be behind at the end, so it gets this much longer; the script never exceeds the plan. */
const graceMs = 100;

/** A line that the script reports; times in milliseconds. */
export type K6Record =
  /** k6 is ready; the first ballots follow. */
  | readonly ["ready"]
  /** The ballot will be sent as another vote of the voter of the ballot `first`. */
  | readonly ["second", index: number, first: number]
  /** The answer to a ballot sent at `sentAt`, since the epoch. Status 0: there was none. */
  | readonly ["first" | "again", ...K6Answer];
type K6Answer = readonly [
  index: number,
  sentAt: number,
  latency: number,
  status: number,
  body: string,
];

/** One line for each ballot: id, choice, `s` for a second vote and `r` for a retry beside it. */
export function* ballotLines({ account: { plan } }: ExternalStream): Generator<string> {
  const chunk = 4_096;
  for (let from = 0; from < plan.total; from += chunk) {
    const count = Math.min(chunk, plan.total - from);
    const blocks = new Int32Array(count * blockWords);
    for (let k = 0; k < count; k++) blocks[k * blockWords] = from + k;
    const ids = plan.idsOf(blocks);
    const bytes = Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength);
    let text = "";
    for (let k = 0, at = 0; k < count; k++, at += blockWords) {
      const ballotId = bytes.toString("hex", at * 4, (at + blockWords) * 4);
      const second = plan.drawsSecondVote(from + k, ids, at) ? "s" : "";
      const retry = plan.drawsRetry(from + k, ids, at) ? "r" : "";
      text += `${ballotId} ${plan.choiceAt(ids, at)} ${second}${retry}\n`;
    }
    yield text;
  }
}

/** Rates count over this long, as k6 takes whole numbers only. */
const timeUnitSeconds = 1_000;
const perTimeUnit = (perSecond: number) => Math.round(perSecond * timeUnitSeconds);

/**
 * k6's options for a stream: an open-model executor with the stream's rate over time, and one
 * virtual user for each connection.
 *
 * @param thresholds by k6 metric
 */
export function k6Options(
  { spec, durationMs }: ExternalStream,
  thresholds: Readonly<Record<string, readonly string[]>>,
): object {
  const { pieces } = spec.arrivals;
  const rates = pieces.flatMap(({ fromPerSecond, toPerSecond }) => [fromPerSecond, toPerSecond]);
  const isConstant = rates.every((rate) => rate === rates[0]);
  const shared = {
    timeUnit: `${timeUnitSeconds}s`,
    preAllocatedVUs: spec.connections,
    maxVUs: spec.connections,
    gracefulStop: `${requestTimeoutSeconds + 5}s`,
  };
  const { peakPerSecond } = spec;
  const atPeak = { fromPerSecond: peakPerSecond, toPerSecond: peakPerSecond };
  const grace = { forSeconds: graceMs / 1_000, ...atPeak };
  const milliseconds = (ms: number) => `${Math.max(1, Math.round(ms))}ms`;
  const executor = isConstant
    ? {
        executor: "constant-arrival-rate",
        rate: perTimeUnit(rates[0]),
        duration: milliseconds(durationMs + graceMs),
      }
    : {
        executor: "ramping-arrival-rate",
        startRate: perTimeUnit(pieces[0].fromPerSecond),
        stages: [...pieces, grace].flatMap(({ forSeconds, fromPerSecond, toPerSecond }) => [
          { target: perTimeUnit(fromPerSecond), duration: "0s" },
          { target: perTimeUnit(toPerSecond), duration: milliseconds(forSeconds * 1_000) },
        ]),
      };
  return {
    scenarios: { [spec.name]: { ...shared, ...executor } },
    thresholds,
    summaryTrendStats: ["med", "p(90)", "p(95)", "p(99)", "p(99.9)", "max"],
    systemTags: [],
    maxRedirects: 0,
  };
}

/** The script that k6 runs. It contains no secret. */
export function k6Script(stream: ExternalStream, options: object): string {
  const { account, target, election, path, voterPrefix, candidates } = stream;
  const settings = {
    url: new URL(path, target.url).href,
    total: account.plan.total,
    voterPrefix,
    candidates,
    claims: { [electionClaim]: election, iss: ownIssuer, scope: "vote", aud: tokenAudience },
    tokenSeconds,
    timeout: `${requestTimeoutSeconds}s`,
    mark: recordMark,
  };
  return `${imports}
const settings = ${JSON.stringify(settings, null, 2)};
export const options = ${JSON.stringify(options, null, 2)};
${body}`;
}

const imports = `import crypto from "k6/crypto";
import { SharedArray } from "k6/data";
import encoding from "k6/encoding";
import exec from "k6/execution";
import http from "k6/http";
`;

const body = `
const secret = encoding.b64decode(__ENV.${secretVariable});
const ballots = new SharedArray("ballots", () => open("./${ballotsFile}").split("\\n"));
const jwtHead = encoded({ alg: "HS256", typ: "JWT" });

function encoded(object) {
  return encoding.b64encode(JSON.stringify(object), "rawurl");
}

function tokenOf(voter) {
  const iat = Math.floor(Date.now() / 1000);
  const times = { iat, exp: iat + settings.tokenSeconds };
  const claims = { sub: settings.voterPrefix + "-" + voter, ...settings.claims, ...times };
  const signed = jwtHead + "." + encoded(claims);
  return signed + "." + crypto.hmac("sha256", secret, signed, "base64rawurl");
}

function report(...record) {
  console.log(settings.mark + JSON.stringify(record));
}

function send(kind, index, voter) {
  const [ballotId, choice] = ballots[index].split(" ");
  const body = JSON.stringify({ choice: settings.candidates[choice], ballotId });
  const headers = { "Content-Type": "application/json", Authorization: "Bearer " + tokenOf(voter) };
  const sentAt = Date.now();
  const answer = http.post(settings.url, body, { headers, timeout: settings.timeout });
  const { blocked, connecting, duration } = answer.timings;
  const latency = blocked + connecting + duration;
  report(kind, index, sentAt, latency, answer.status, (answer.body || "").slice(0, 1000));
  return answer.status === 202;
}

export function setup() {
  report("ready");
}

// This virtual user's latest acknowledged first vote. It knows nothing about those of others.
let known;

export default function () {
  const index = exec.scenario.iterationInTest;
  if (index >= settings.total) return;
  const draws = ballots[index].split(" ")[2];
  const second = known !== undefined && draws.includes("s");
  if (second) report("second", index, known);
  const retry = draws.includes("r") ? known : undefined;
  const acknowledged = send("first", index, second ? known : index);
  if (acknowledged && !second) known = index;
  if (retry !== undefined) send("again", retry, retry);
}

export function handleSummary(data) {
  return { stdout: JSON.stringify(data) + "\\n" };
}
`;
