import type { EngineName } from "../contracts/config/vote-yaml.js";
import { VoteError } from "../core/errors.js";
import { type Endpoints, runningEndpoints } from "../local-cluster/state.js";
import type { ClusterConfig } from "../wiring/options.js";
import { type Environment, readConfigFiles } from "./config-file.js";
import type { Configuration, RedisSettings } from "./parse-config.js";

interface ConfigOptions {
  /** The file that `--config` names. Default: `./vote.yaml`, then the user's. */
  readonly config?: string;
  readonly env?: Environment;
}

/**
 * The engine that the configuration names, if it names one.
 *
 * @throws VoteError `invalid-configuration`
 */
export async function configuredEngine(options: ConfigOptions): Promise<EngineName | undefined> {
  const files = await readConfigFiles(options.config, options.env ?? process.env);
  return files.find(({ engine }) => engine !== undefined)?.engine;
}

/**
 * Where the cluster is and how to talk to it. For each field the first of these decides: the
 * environment, the project's vote.yaml, the user's, what `vote services` runs on this machine.
 *
 * @throws VoteError `invalid-configuration`; `not-running` when nothing says where a part is
 */
export async function clusterConfig(options: ConfigOptions): Promise<ClusterConfig> {
  const env = options.env ?? process.env;
  const sources = [fromEnvironment(env), ...(await readConfigFiles(options.config, env))];
  const dynamodb = overlay(sources.map((source) => source.dynamodb));
  const kafka = overlay(sources.map((source) => source.kafka));
  const redis = overlay(sources.map((source) => source.redis));
  const region = dynamodb.region ?? env.AWS_REGION;
  const named = { kafka: kafka.brokers, dynamodb: dynamodb.endpoint ?? region, redis: redis.url };
  const missing = Object.values(named).includes(undefined);
  const local = missing ? ((await runningEndpoints(env.VOTE_SERVICES_DIR)) ?? {}) : {};
  requireEach(named, local);
  // Brokers on this machine can keep no more copies than there are brokers.
  const localBrokers = kafka.brokers === undefined ? local.kafka?.brokers.length : undefined;
  const replicationFactor = kafka.replicationFactor ?? Math.min(3, localBrokers ?? 3);
  return {
    kafka: {
      ...kafka,
      brokers: kafka.brokers ?? local.kafka?.brokers ?? [],
      replicationFactor,
      minInsyncReplicas: kafka.minInsyncReplicas ?? Math.max(1, replicationFactor - 1),
    },
    dynamodb: {
      ...dynamodb,
      ...(region === undefined ? {} : { region }),
      ...(named.dynamodb === undefined ? local.dynamodb : {}),
    },
    redis: redisOptions({ ...redis, url: redis.url ?? local.redis?.url ?? "" }),
  };
}

/** Puts user and password into the URL, where the client looks for them. */
function redisOptions(fields: RedisSettings & { readonly url: string }): ClusterConfig["redis"] {
  const { url, username, password, tls, cluster } = fields;
  const options = { ...(tls && { tls }), ...(cluster && { cluster }) };
  const place = redisUrl(url);
  if (username === undefined && password === undefined) return { url, ...options };
  place.username = encodeURIComponent(username ?? "");
  place.password = encodeURIComponent(password ?? "");
  return { url: place.href, ...options };
}

function redisUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "redis:" || url?.protocol === "rediss:") return url;
  // The text is not shown: it may hold a password.
  throw new VoteError("invalid-configuration", "redis.url (VOTE_REDIS_URL) is not a Redis URL.", {
    hint: "Write redis://HOST:PORT, or rediss://HOST:PORT for TLS.",
  });
}

const titles = { kafka: "Kafka", dynamodb: "DynamoDB", redis: "Redis" } as const;

function requireEach(named: Record<keyof Endpoints, unknown>, local: Endpoints): void {
  const parts = Object.keys(titles) as (keyof Endpoints)[];
  const lost = parts.filter((part) => named[part] === undefined && local[part] === undefined);
  if (lost.length === 0) return;
  const names = lost.map((part) => titles[part]).join(", ");
  throw new VoteError("not-running", `Nothing says where the cluster's ${names} is.`, {
    hint: "Run `vote services up` for servers on this machine, or write a vote.yaml.",
  });
}

/** Lays the sources over one another: the first that has a field decides. */
function overlay<T extends object>(sources: readonly (T | undefined)[]): Partial<T> {
  const merged: Partial<T> = {};
  for (const source of [...sources].reverse()) {
    for (const [name, value] of Object.entries(source ?? {})) {
      if (value !== undefined) Object.assign(merged, { [name]: value });
    }
  }
  return merged;
}

function fromEnvironment(env: Environment): Configuration {
  const brokers = env.VOTE_KAFKA_BROKERS?.split(",").map((broker) => broker.trim());
  return {
    kafka: {
      brokers: brokers?.filter((broker) => broker !== ""),
      groupId: env.VOTE_KAFKA_GROUP_ID || undefined,
      replicationFactor: count(env, "VOTE_KAFKA_REPLICATION_FACTOR"),
      minInsyncReplicas: count(env, "VOTE_KAFKA_MIN_INSYNC_REPLICAS"),
    },
    dynamodb: {
      endpoint: env.VOTE_DYNAMODB_ENDPOINT || undefined,
      region: env.VOTE_DYNAMODB_REGION || undefined,
      segmentsTable: env.VOTE_DYNAMODB_SEGMENTS_TABLE || undefined,
      registryTable: env.VOTE_DYNAMODB_REGISTRY_TABLE || undefined,
    },
    redis: { url: env.VOTE_REDIS_URL || undefined },
  };
}

function count(env: Environment, name: string): number | undefined {
  const text = env[name];
  if (text === undefined || text === "") return undefined;
  if (/^[1-9]$/.test(text)) return Number(text);
  throw new VoteError("invalid-configuration", `${name} is "${text.slice(0, 40)}".`, {
    hint: "Allowed are whole numbers from 1 to 9.",
  });
}
