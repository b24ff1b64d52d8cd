import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { Fields } from "../contracts/fields.js";
import { VoteError } from "../core/errors.js";
import { type KafkaFields, readKafka } from "./kafka-config.js";
import { readSecret, readTls, type Tls } from "./secrets.js";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface DynamoFields {
  readonly endpoint?: string;
  readonly region?: string;
  readonly segmentsTable?: string;
  readonly registryTable?: string;
}

export interface RedisFields {
  readonly url?: string;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: Tls;
  /** The URL is one node of a Redis Cluster. */
  readonly cluster?: boolean;
}

export const engineNames = ["embedded", "cluster"] as const;
export type EngineName = (typeof engineNames)[number];

/** What one source of configuration says; sources are laid over one another field by field. */
export interface ConfigFields {
  readonly engine?: EngineName;
  readonly kafka?: KafkaFields;
  readonly dynamodb?: DynamoFields;
  readonly redis?: RedisFields;
}

export const projectFile = "vote.yaml";

/** `$XDG_CONFIG_HOME/vote/vote.yaml`, by default below `~/.config`. */
export function userFile(env: Environment): string {
  return join(env.XDG_CONFIG_HOME || join(homedir(), ".config"), "vote", "vote.yaml");
}

/**
 * @param given named by the user, so it has to be there; default: `./vote.yaml`, then the user's
 * @returns nearest first
 * @throws VoteError `invalid-configuration` with file, field and what is allowed there
 */
export async function readConfigFiles(
  given: string | undefined,
  env: Environment,
): Promise<ConfigFields[]> {
  if (given !== undefined) return [await readConfigFile(given, env, true)];
  return Promise.all([
    readConfigFile(projectFile, env, false),
    readConfigFile(userFile(env), env, false),
  ]);
}

async function readConfigFile(
  path: string,
  env: Environment,
  required: boolean,
): Promise<ConfigFields> {
  const text = await readText(path, required);
  if (text === undefined) return {};
  const file = basename(path);
  const root = await parseYaml(text, file);
  return root === null ? {} : parseConfig(root, { file, folder: dirname(resolve(path)), env });
}

/** Where a value comes from: for errors, and to find the files that it names. */
export interface ConfigSource {
  readonly file: string;
  readonly folder: string;
  readonly env: Environment;
}

async function parseConfig(root: unknown, source: ConfigSource): Promise<ConfigFields> {
  const fields = new Fields(root, source.file, "", "invalid-configuration");
  const engine = fields.optionalOneOf("engine", engineNames);
  const kafka = fields.optionalGroup("kafka");
  const dynamodb = fields.optionalGroup("dynamodb");
  const redis = fields.optionalGroup("redis");
  fields.requireNoOthers();
  return {
    ...(engine && { engine }),
    ...(kafka && { kafka: await readKafka(kafka, source) }),
    ...(dynamodb && { dynamodb: readDynamo(dynamodb) }),
    ...(redis && { redis: await readRedis(redis, source) }),
  };
}

function readDynamo(fields: Fields): DynamoFields {
  const endpoint = fields.optionalText("endpoint");
  const region = fields.optionalText("region");
  const segmentsTable = fields.optionalText("segmentsTable");
  const registryTable = fields.optionalText("registryTable");
  fields.requireNoOthers();
  return { endpoint, region, segmentsTable, registryTable };
}

async function readRedis(fields: Fields, source: ConfigSource): Promise<RedisFields> {
  const url = fields.optionalText("url");
  if (url !== undefined && /:\/\/[^/]*:[^/]*@/.test(url)) {
    throw fields.refuse("url", "holds a password", "Write passwordFile or passwordVariable.");
  }
  const username = fields.optionalText("username");
  const password = await readSecret(fields, "password", source);
  const tls = fields.optionalSwitch("tls");
  const cluster = fields.optionalSwitch("cluster") !== undefined;
  fields.requireNoOthers();
  return {
    url,
    username,
    password,
    tls: tls && (await readTls(tls, source)),
    ...(cluster ? { cluster } : {}),
  };
}

async function readText(path: string, required: boolean): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" && !required) return undefined;
    throw new VoteError("invalid-configuration", `The configuration cannot be read: ${message}.`, {
      hint: "docs/cluster.md shows what it may hold.",
      cause,
    });
  }
}

async function parseYaml(text: string, file: string): Promise<unknown> {
  // Only now: most commands find no file to read.
  const { parse } = await import("yaml");
  try {
    return parse(text);
  } catch (cause) {
    const reason = (cause instanceof Error ? cause.message : String(cause)).split("\n")[0];
    throw new VoteError("invalid-configuration", `${file} is not YAML: ${reason}`, { cause });
  }
}
