import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Fields } from "../contracts/fields.js";
import { readSecret, readTls, type SecretSource, type Tls } from "./secrets.js";

interface Login<Mechanism extends string> {
  readonly mechanism: Mechanism;
  readonly username: string;
  readonly password: string;
}

/** How this program proves to the brokers who it is. */
export type KafkaSasl =
  | Login<"plain">
  | Login<"scram-sha-256">
  | Login<"scram-sha-512">
  | {
      readonly mechanism: "oauthbearer";
      /** Asked at every new connection. */
      readonly oauthBearerProvider: () => Promise<{ readonly value: string }>;
    };

export interface KafkaFields {
  readonly brokers?: readonly string[];
  readonly clientId?: string;
  readonly groupId?: string;
  readonly replicationFactor?: number;
  readonly minInsyncReplicas?: number;
  readonly ssl?: Tls;
  readonly sasl?: KafkaSasl;
}

const mechanisms = ["plain", "scram-sha-256", "scram-sha-512", "oauthbearer"] as const;

/** @throws VoteError `invalid-configuration` */
export async function readKafka(fields: Fields, source: SecretSource): Promise<KafkaFields> {
  const brokers = fields.optionalTexts("brokers");
  for (const broker of brokers ?? []) {
    if (/^[^\s:/]+:\d{1,5}$|^\[[0-9a-f:]+\]:\d{1,5}$/i.test(broker)) continue;
    throw fields.refuse("brokers", `names ${broker.slice(0, 80)}`, "Write each as host:port.");
  }
  const clientId = fields.optionalText("clientId");
  const groupId = fields.optionalText("groupId");
  const whole = { min: 1, max: 9, whole: true };
  const replicationFactor = fields.optionalNumber("replicationFactor", whole);
  const minInsyncReplicas = fields.optionalNumber("minInsyncReplicas", whole);
  const tls = fields.optionalSwitch("tls");
  const sasl = fields.optionalGroup("sasl");
  fields.requireNoOthers();
  return {
    brokers,
    clientId,
    groupId,
    replicationFactor,
    minInsyncReplicas,
    ssl: tls && (await readTls(tls, source)),
    sasl: sasl && (await readSasl(sasl, source)),
  };
}

async function readSasl(fields: Fields, source: SecretSource): Promise<KafkaSasl> {
  const mechanism = fields.oneOf("mechanism", mechanisms);
  if (mechanism === "oauthbearer") return readTokens(fields, source);
  const username = fields.text("username");
  const password = await readSecret(fields, "password", source);
  fields.requireNoOthers();
  if (password !== undefined) return { mechanism, username, password } as KafkaSasl;
  throw fields.refuse("password", "is missing", "Write passwordFile or passwordVariable.");
}

/** A cloud's tokens: from a file that something else keeps fresh, or from a module's `token()`. */
function readTokens(fields: Fields, { folder }: SecretSource): KafkaSasl {
  const file = fields.optionalText("tokenFile");
  const module = fields.optionalText("tokenModule");
  fields.requireNoOthers();
  if ((file === undefined) === (module === undefined)) {
    const hint = "tokenFile is read, or tokenModule's token() called, at every new connection.";
    throw fields.refuse("tokenFile", "or tokenModule has to be there, one of them", hint);
  }
  const token =
    file === undefined
      ? () => tokenOfModule(resolve(folder, module ?? ""))
      : async () => (await readFile(resolve(folder, file), "utf8")).trim();
  return {
    mechanism: "oauthbearer",
    oauthBearerProvider: async () => ({ value: await token() }),
  };
}

async function tokenOfModule(path: string): Promise<string> {
  const module = (await import(pathToFileURL(path).href)) as { token(): Promise<string> };
  return module.token();
}
