import type { RoleHealth, RoleName, Snapshot, StoreFigures } from "../state/snapshot.js";
import { detailOf, type Get } from "./asking.js";
import { parseStatus, type RoleStatus, type SeenStore } from "./parse-status.js";

export interface RoleAddress {
  readonly role: RoleName;
  readonly url: string;
}

/** What the roles say of themselves, and of the stores that they need. */
export type RolesRead = Pick<
  Snapshot,
  "roles" | "ingest" | "tallies" | "serve" | "stores" | "told"
>;

/** Asks every role at once. What cannot be had is null or left out. */
export async function readRoles(
  addresses: readonly RoleAddress[],
  get: Get,
  now: () => number,
): Promise<RolesRead> {
  const all = await Promise.all(addresses.map((address) => readRole(address, get, now)));
  const known = all.flatMap(({ status }) => status ?? []);
  return {
    roles: all.map(({ health }) => health),
    ingest: known.find(({ ingest }) => ingest !== undefined)?.ingest ?? null,
    tallies: known.flatMap(({ tally }) => tally ?? []),
    serve: known.find(({ serve }) => serve !== undefined)?.serve ?? null,
    stores: storesOf(known.flatMap(({ stores }) => stores)),
    told: known.flatMap(({ told }) => told),
  };
}

async function readRole(
  { role, url }: RoleAddress,
  get: Get,
  now: () => number,
): Promise<{ readonly health: RoleHealth; readonly status: RoleStatus | undefined }> {
  const startedAt = now();
  const statusz = get(url, "/statusz");
  const answer = await get(url, "/readyz");
  const latencyMs = Math.max(0, now() - startedAt);
  const told = await statusz;
  const understood = told.reached && told.status === 200;
  const status = understood ? parseStatus(role, url, told.body) : undefined;
  const process = { pid: status?.pid ?? null, startedAt: status?.startedAt ?? null };
  if (!answer.reached) {
    const health = { state: "unreachable", latencyMs: null, detail: answer.why } as const;
    return { health: { role, url, ...health, ...process }, status };
  }
  const ready = answer.status === 200;
  const detail = ready ? "" : detailOf(answer.body, answer.status);
  const state = ready ? "ready" : "not-ready";
  return { health: { role, url, state, latencyMs, detail, ...process }, status };
}

/** Each store once, whoever needs it. One that only some can reach is not well. */
function storesOf(seen: readonly SeenStore[]): readonly StoreFigures[] {
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
