import { failureOf } from "../contracts/problem.js";
import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import type { ElectionAdmin } from "./election-admin.js";
import type { Trail } from "./trail.js";

export interface RemoteAdminOptions {
  /** The address of a `vote admin`. */
  readonly url: string;
  /** With the scope `admin`. */
  readonly token: string;
  /** For each request; default 10,000. */
  readonly timeoutMs?: number;
}

/** The admin API of another process. Its refusals come back as they were thrown there. */
export function remoteAdmin(options: RemoteAdminOptions): ElectionAdmin {
  const ask = <T>(method: string, path: string, body?: unknown) =>
    send<T>(options, method, path, body);
  const at = (id: string, what = "") => `/${encodeURIComponent(id)}${what}`;
  return {
    list: async () => (await ask<{ elections: Election[] }>("GET", "")).elections,
    show: (id) => ask<Election>("GET", at(id)),
    trail: async (id) => [...(await ask<Trail>("GET", at(id, "/trail"))).changes],
    create: (request) => ask<Election>("POST", "", request),
    open: (id) => ask<Election>("POST", at(id, "/open")),
    close: (id) => ask<Election>("POST", at(id, "/close")),
    schedule: (id, schedule) => ask<Election>("PUT", at(id, "/schedule"), schedule),
  };
}

async function send<T>(
  { url, token, timeoutMs = 10_000 }: RemoteAdminOptions,
  method: string,
  path: string,
  body: unknown,
): Promise<T> {
  const target = `${url.replace(/\/+$/, "")}/v1/admin/elections${path}`;
  const response = await fetch(target, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((cause: unknown) => {
    throw new VoteError("not-running", `No admin API answers at ${url}.`, {
      hint: "Start one with `vote admin`, or check --admin-url.",
      cause,
    });
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok && typeof answer === "object" && answer !== null) return answer as T;
  throw (
    failureOf(answer) ??
    new VoteError("not-running", `What answers at ${url} is no admin API (${response.status}).`, {
      hint: "Check --admin-url.",
    })
  );
}
