import {
  adminListSchema,
  electionSchema,
  type Trail,
  trailSchema,
} from "../contracts/http/election.js";
import { failureOf } from "../contracts/http/problem.js";
import { type AnswerSchema, requireAnswer } from "../contracts/schema/answer.js";
import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { certificateError, type Fetch } from "../http/trust.js";
import { systemClock } from "../time/clock.js";
import type { ElectionAdmin } from "./election-admin.js";
import { trailOf } from "./trail.js";

interface RemoteAdminOptions {
  /** The address of a `vote admin`. */
  readonly url: string;
  /** With the scope `admin`. */
  readonly token: string;
  /** For each request; default 10,000. */
  readonly timeoutMs?: number;
  /** Default: Node's own. */
  readonly fetch?: Fetch;
}

/** Uses the admin API of another process. Its refusals are thrown as they were thrown there. */
export function remoteAdmin(options: RemoteAdminOptions): ElectionAdmin {
  const ask = async <Schema extends AnswerSchema>(
    schema: Schema,
    ...request: readonly [method: string, path: string, body?: object]
  ) => {
    const answer = await sendTo(options, ...request);
    return requireAnswer(schema, answer, `an admin API at ${options.url}`);
  };
  const at = (id: string, what = "") => `/${encodeURIComponent(id)}${what}`;
  return {
    list: async () => [...(await ask(adminListSchema, "GET", "")).elections],
    show: (id) => ask(electionSchema, "GET", at(id)),
    trail: async (id) => verified(await ask(trailSchema, "GET", at(id, "/trail"))),
    create: (request) => ask(electionSchema, "POST", "", request),
    open: (id) => ask(electionSchema, "POST", at(id, "/open")),
    close: (id) => ask(electionSchema, "POST", at(id, "/close")),
    untilClosed: ({ id, revision }) =>
      untilClosed(revision, id, () => ask(electionSchema, "GET", at(id))),
    schedule: (id, schedule) => ask(electionSchema, "PUT", at(id, "/schedule"), schedule),
    voidRecord: (id, record) => ask(electionSchema, "POST", at(id, "/voided"), record),
    trust: (id, key) => ask(electionSchema, "POST", at(id, "/signers"), key),
    askForProof: (id, required) =>
      ask(electionSchema, "PUT", at(id, "/proof-of-work"), { required }),
    judgeGateway: (id, word) => ask(electionSchema, "POST", at(id, "/gateways"), word),
  };
}

/** The answer's verdict, unless its own changes already show another. */
function verified(answer: Trail): Trail {
  const { election, changes } = answer;
  const own = trailOf(election, { record: changes.at(-1)?.election, changes });
  return own.whole && changes.length > 0 ? answer : { ...own, whole: false };
}

const lookEveryMs = 250;
/** From the announcement to the close, a cluster takes 5 s. */
const closedWithinMs = 60_000;

async function untilClosed(
  revision: number,
  id: string,
  look: () => Promise<Election>,
): Promise<Election> {
  for (
    const giveUpAt = systemClock.now() + closedWithinMs;
    ;
    await systemClock.sleep(lookEveryMs)
  ) {
    const election = await look();
    if (election.status !== "open") return election;
    if (election.revision !== revision) {
      throw new VoteError("election-changed", `Election ${id} has another schedule meanwhile.`, {
        hint: "Look at it with `vote election show`.",
      });
    }
    if (systemClock.now() > giveUpAt) {
      throw new VoteError("not-running", `Nobody has closed election ${id} yet.`, {
        hint: "See why in the log of `vote admin`. Its closing time stays.",
      });
    }
  }
}

/** @returns the body of a 2xx answer; undefined if it is not JSON */
async function sendTo(
  { url, token, timeoutMs = 10_000, fetch: send = fetch }: RemoteAdminOptions,
  method: string,
  path: string,
  body?: object,
): Promise<unknown> {
  const target = `${url.replace(/\/+$/, "")}/v1/admin/elections${path}`;
  const response = await send(target, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((cause: unknown) => {
    const silent = new VoteError("not-running", `No admin API answers at ${url}.`, {
      hint: "Start one with `vote admin`, or check --admin-url.",
      cause,
    });
    throw certificateError(cause, url) ?? silent;
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer;
  throw (
    failureOf(answer) ??
    new VoteError("not-running", `What answers at ${url} is no admin API (${response.status}).`, {
      hint: "Check --admin-url.",
    })
  );
}
