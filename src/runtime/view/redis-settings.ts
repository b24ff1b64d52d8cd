import { messageOf } from "../core/errors.js";
import { connectedTo, createClient, type RedisViewOptions, unavailable } from "./redis.js";

/** A setting of Redis that does the view harm. */
export interface RedisFinding {
  readonly setting: string;
  readonly actual: string;
  readonly wanted: string;
  readonly fix: string;
}

/** A view this full soon refuses new figures. */
const fullShare = 0.9;

/**
 * Looks for settings with which Redis drops or refuses the view's figures. Changes nothing.
 *
 * @throws VoteError `view-unavailable`
 */
export async function checkRedis(options: RedisViewOptions): Promise<RedisFinding[]> {
  const client = createClient(options);
  let reason = "it is not connected";
  client.on("error", (error: Error) => {
    reason = error.message;
  });
  try {
    await connectedTo(client, options.connectTimeoutMs);
    if (client.status !== "ready") throw unavailable(reason);
    const nodes = "nodes" in client ? client.nodes("master") : [client];
    const infos = await Promise.all(nodes.map((node) => node.info())).catch((error: unknown) => {
      if (messageOf(error).startsWith("NOPERM")) return undefined;
      throw unavailable(messageOf(error), error);
    });
    if (infos === undefined) return [hidden];
    return distinct(infos.flatMap((info) => findingsOf(info)));
  } finally {
    client.disconnect();
  }
}

/** This user may not ask for the settings. */
const hidden: RedisFinding = {
  setting: "INFO",
  actual: "refused to this user",
  wanted: "allowed to see the settings",
  fix: "Allow this user +info, or look at maxmemory-policy yourself.",
};

/** What a server's INFO says against it: lines of `name:value`. */
export function findingsOf(info: string): RedisFinding[] {
  const facts = new Map(
    info.split(/\r?\n/).map((line) => {
      const [name, ...value] = line.split(":");
      return [name, value.join(":")] as const;
    }),
  );
  const findings: RedisFinding[] = [];
  const policy = facts.get("maxmemory_policy") ?? "noeviction";
  const maxBytes = Number(facts.get("maxmemory") ?? 0);
  // The view's keys never expire, so only these policies drop them.
  if (policy.startsWith("allkeys") && maxBytes > 0) {
    const fix = "Run redis-cli CONFIG SET maxmemory-policy noeviction.";
    findings.push({ setting: "maxmemory-policy", actual: policy, wanted: "noeviction", fix });
  }
  if (maxBytes > 0 && Number(facts.get("used_memory")) > fullShare * maxBytes) {
    const actual = `${Math.floor((100 * Number(facts.get("used_memory"))) / maxBytes)} % full`;
    const fix = "Raise maxmemory, or give the view a Redis of its own.";
    findings.push({ setting: "maxmemory", actual, wanted: "under 90 % full", fix });
  }
  // By default, Redis then takes no more writes.
  if (facts.get("rdb_last_bgsave_status") === "err") {
    const fix = "Run redis-cli CONFIG SET save '': the view needs no disk.";
    findings.push({ setting: "the last save to disk", actual: "failed", wanted: "none", fix });
  }
  return findings;
}

function distinct(findings: readonly RedisFinding[]): RedisFinding[] {
  return [...new Map(findings.map((one) => [one.setting, one])).values()];
}
