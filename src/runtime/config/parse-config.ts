import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { IssuerFields } from "../contracts/config/issuers.js";
import {
  type EngineName,
  type KafkaFields,
  type RedisFields,
  type SaslFields,
  type VoteYaml,
  voteYamlSchema,
} from "../contracts/config/vote-yaml.js";
import { check, refuseIn } from "../contracts/schema/check.js";
import { parseYaml } from "../contracts/schema/parse-yaml.js";
import { readSecret, readTls, type SecretSource, type Tls } from "./secrets.js";

type PasswordMechanism = Exclude<SaslFields["mechanism"], "oauthbearer">;
interface PasswordLogin<Mechanism> {
  readonly mechanism: Mechanism;
  readonly username: string;
  readonly password: string;
}

/** How this program proves to the brokers who it is. */
type KafkaSasl =
  // One for each mechanism, as the client tells them apart.
  | { [Mechanism in PasswordMechanism]: PasswordLogin<Mechanism> }[PasswordMechanism]
  | {
      readonly mechanism: "oauthbearer";
      /** Asked at every new connection. */
      readonly oauthBearerProvider: () => Promise<{ readonly value: string }>;
    };

interface KafkaSettings extends Omit<KafkaFields, "tls" | "sasl"> {
  readonly ssl?: Tls;
  readonly sasl?: KafkaSasl;
}

type DynamoDbSettings = NonNullable<VoteYaml["dynamodb"]>;

export interface RedisSettings {
  readonly url?: string;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: Tls;
  /** The URL is one node of a Redis Cluster. */
  readonly cluster?: boolean;
}

/** What one source of configuration says; sources are laid over one another field by field. */
export interface Configuration {
  readonly engine?: EngineName;
  readonly kafka?: KafkaSettings;
  readonly dynamodb?: DynamoDbSettings;
  readonly redis?: RedisSettings;
  /** With the paths of their files made absolute. */
  readonly issuers?: readonly IssuerFields[];
}

/**
 * Reads a configuration file's text, and the secrets that it names.
 *
 * @param file named in errors
 * @throws VoteError `invalid-configuration` with file, field and what is allowed there
 */
export async function parseConfig(
  text: string,
  file: string,
  place: Omit<SecretSource, "refuse">,
): Promise<Configuration> {
  const root = parseYaml(text, file, "invalid-configuration");
  if (root === undefined) return {};
  const source = { ...place, refuse: refuseIn(file, "invalid-configuration") };
  const { kafka, redis, issuers, ...rest } = check(voteYamlSchema, root, source.refuse);
  return {
    ...rest,
    ...(kafka && { kafka: await kafkaSettings(kafka, source) }),
    ...(redis && { redis: await redisSettings(redis, source) }),
    ...(issuers && { issuers: issuers.map((issuer) => placed(issuer, source)) }),
  };
}

/** The files of an issuer are named from the configuration's folder on. */
function placed(issuer: IssuerFields, { folder }: SecretSource): IssuerFields {
  const { jwksFile, caFile } = issuer;
  return {
    ...issuer,
    ...(jwksFile && { jwksFile: resolve(folder, jwksFile) }),
    ...(caFile && { caFile: resolve(folder, caFile) }),
  };
}

async function redisSettings(fields: RedisFields, source: SecretSource): Promise<RedisSettings> {
  const { url, username, passwordFile, passwordVariable, tls, cluster } = fields;
  return {
    url,
    username,
    password: await readSecret("redis.password", passwordFile, passwordVariable, source),
    tls: tls && (await readTls("redis.tls", tls, source)),
    ...(cluster && { cluster }),
  };
}

async function kafkaSettings(fields: KafkaFields, source: SecretSource): Promise<KafkaSettings> {
  const { tls, sasl, ...rest } = fields;
  return {
    ...rest,
    ssl: tls && (await readTls("kafka.tls", tls, source)),
    sasl: sasl && (await saslSettings(sasl, source)),
  };
}

async function saslSettings(fields: SaslFields, source: SecretSource): Promise<KafkaSasl> {
  if (fields.mechanism === "oauthbearer") return tokenLogin(fields, source);
  const { mechanism, username, passwordFile, passwordVariable } = fields;
  const field = "kafka.sasl.password";
  const password = await readSecret(field, passwordFile, passwordVariable, source);
  return { mechanism, username, password } as KafkaSasl;
}

/** A cloud's tokens: from a file that something else keeps fresh, or from a module's `token()`. */
function tokenLogin(
  { tokenFile, tokenModule }: Extract<SaslFields, { mechanism: "oauthbearer" }>,
  { folder }: SecretSource,
): KafkaSasl {
  const token =
    tokenFile === undefined
      ? () => tokenOfModule(resolve(folder, tokenModule ?? ""))
      : async () => (await readFile(resolve(folder, tokenFile), "utf8")).trim();
  return {
    mechanism: "oauthbearer",
    oauthBearerProvider: async () => ({ value: await token() }),
  };
}

async function tokenOfModule(path: string): Promise<string> {
  const module = (await import(pathToFileURL(path).href)) as { token(): Promise<string> };
  return module.token();
}
