import { type RoleName, type RoleStatus, statusSchemas } from "../../contracts/http/status.js";
import type { RoleHealth, Snapshot, StoreState } from "../state/snapshot.js";
import { type Answer, detailOf, type GetJson, readBody } from "./get-json.js";

export interface RoleAddress {
  readonly role: RoleName;
  readonly url: string;
}

/** What the roles say about themselves, and about the stores that they need. */
type RolesRead = Pick<Snapshot, "roles" | "ingest" | "tallies" | "serve" | "stores" | "roleEvents">;

interface RoleRead {
  readonly health: RoleHealth;
  readonly status: RoleStatus | undefined;
}

/** Asks all roles at once. What is unavailable is null or left out. */
export async function readRoles(
  addresses: readonly RoleAddress[],
  get: GetJson,
  now: () => number,
): Promise<RolesRead> {
  const all = await Promise.all(addresses.map((address) => readRole(address, get, now)));
  const known = all.flatMap(({ status }) => status ?? []);
  const ingest = known.find((status) => status.role === "ingest");
  const serve = known.find((status) => status.role === "serve");
  return {
    roles: all.map(({ health }) => health),
    ingest: ingest === undefined ? null : { ...metricsOf(ingest), refused: ingest.refused },
    tallies: all.flatMap(({ health: { url }, status }) => {
      if (status?.role !== "tally") return [];
      const { events: _, ...metrics } = metricsOf(status);
      return [{ url, ...metrics }];
    }),
    serve: serve === undefined ? null : metricsOf(serve),
    stores: storesOf(known),
    roleEvents: known.flatMap((status) => {
      if (status.role !== "tally") return [];
      return status.events.map((event) => ({ role: status.role, pid: status.pid, ...event }));
    }),
  };
}

/** A status without what every role has in common. */
function metricsOf<Status extends RoleStatus>(status: Status) {
  const { role: _, pid: _p, startedAt: _s, at: _a, draining: _d, refused: _r, ...rest } = status;
  const { stores: _stores, cpuSeconds: _c, memoryBytes: _m, ...disk } = rest;
  const { diskFreeBytes: _f, diskBytes: _b, workers: _w, ...metrics } = disk;
  return metrics;
}

async function readRole(
  { role, url }: RoleAddress,
  get: GetJson,
  now: () => number,
): Promise<RoleRead> {
  const startedAt = now();
  const statusAnswer = get(url, "/statusz");
  const answer = await get(url, "/readyz");
  const latencyMs = Math.max(0, now() - startedAt);
  const { status, problem } = statusOf(role, url, await statusAnswer);
  const process = processOf(status);
  if (!answer.reached) {
    const health = { state: "unreachable", latencyMs: null, detail: answer.why } as const;
    return { health: { role, url, ...health, ...process }, status };
  }
  const ready = answer.status === 200;
  const detail = ready ? problem : detailOf(answer.body, answer.status);
  const state = ready ? "ready" : "not-ready";
  return { health: { role, url, state, latencyMs, detail, ...process }, status };
}

function processOf(status: RoleStatus | undefined) {
  const { pid = null, startedAt = null, cpuSeconds = null, memoryBytes = null } = status ?? {};
  const { diskFreeBytes = null, diskBytes = null } = status ?? {};
  return { pid, startedAt, cpuSeconds, memoryBytes, diskFreeBytes, diskBytes };
}

/** Any status but 200 comes from a role that has none: that is no problem. */
function statusOf(
  role: RoleName,
  url: string,
  answer: Answer,
): { readonly status?: RoleStatus; readonly problem: string } {
  if (!answer.reached || answer.status !== 200) return { problem: "" };
  const read = readBody(statusSchemas[role], answer.body, `the status of ${role} at ${url}`);
  return "body" in read ? { status: read.body, problem: "" } : read;
}

/** Each store once, however many roles need it. It is reachable if all of them can reach it. */
function storesOf(statuses: readonly RoleStatus[]): readonly StoreState[] {
  const seen = statuses.flatMap(({ role, stores }) => stores.map((store) => ({ role, ...store })));
  const keys = new Set(seen.map(({ part, store }) => `${part}\n${store}`));
  return [...keys].map((key) => {
    const same = seen.filter(({ part, store }) => `${part}\n${store}` === key);
    const missing = same.filter(({ reachable }) => reachable === false);
    const answered = same.flatMap(({ latencyMs }) => latencyMs ?? []);
    const anyKnown = same.some(({ reachable }) => reachable !== null);
    return {
      part: same[0].part,
      store: same[0].store,
      reachable: missing.length > 0 ? false : anyKnown || null,
      latencyMs: answered.length === 0 ? null : Math.max(...answered),
      detail: missing[0]?.detail ?? "",
      neededBy: [...new Set(same.map(({ role }) => role))],
      missedBy: [...new Set(missing.map(({ role }) => role))],
    };
  });
}
