import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { clusterConfig, configuredEngine } from "../../../src/runtime/config/cluster-config.js";
import { VoteError } from "../../../src/runtime/core/errors.js";
import { writeState } from "../../../src/runtime/local-cluster/state.js";
import { processIdentity } from "../../../src/runtime/processes/process-identity.js";
import { temporaryDirectory } from "../../helpers/temporary.js";

interface Place {
  readonly folder: string;
  readonly env: Record<string, string>;
  write(name: string, text: string): Promise<string>;
}

/** A current directory and a home of the test's own. */
async function place(): Promise<Place> {
  const folder = await temporaryDirectory();
  const before = process.cwd();
  process.chdir(folder);
  onTestFinished(() => process.chdir(before));
  return {
    folder,
    env: { XDG_CONFIG_HOME: join(folder, "user"), VOTE_SERVICES_DIR: join(folder, "services") },
    async write(name, text) {
      const path = join(folder, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
      return path;
    },
  };
}

async function refusal(work: Promise<unknown>): Promise<VoteError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof VoteError) return error;
  throw new Error(`expected a VoteError, got ${error}`);
}

const whole = `
engine: cluster
kafka:
  brokers: [a:9092, b:9092]
  replicationFactor: 3
dynamodb: { region: eu-central-1 }
redis: { url: "redis://cache:6379" }
`;

describe("the cluster's configuration", () => {
  it("comes from vote.yaml, with three copies of a record unless it says otherwise", async () => {
    const { env, write } = await place();
    await write("vote.yaml", whole);
    expect(await configuredEngine({ env })).toBe("cluster");
    expect(await clusterConfig({ env })).toEqual({
      kafka: { brokers: ["a:9092", "b:9092"], replicationFactor: 3, minInsyncReplicas: 2 },
      dynamodb: { region: "eu-central-1" },
      redis: { url: "redis://cache:6379" },
    });
  });

  it("is overlaid field by field: environment, project, user", async () => {
    const { env, write } = await place();
    await write("user/vote/vote.yaml", `${whole.replace("3", "1")}\n`);
    await write("vote.yaml", "kafka: { brokers: 'c:1, d:2' }\nredis: { url: 'redis://project:1' }");
    const config = await clusterConfig({ env: { ...env, VOTE_REDIS_URL: "redis://variable:1" } });
    expect(config.kafka).toMatchObject({ brokers: ["c:1", "d:2"], replicationFactor: 1 });
    expect(config.dynamodb.region).toBe("eu-central-1");
    expect(config.redis.url).toBe("redis://variable:1");
  });

  it("a file that was named stands alone", async () => {
    const { env, write } = await place();
    await write("vote.yaml", whole);
    const path = await write("other.yaml", "engine: embedded");
    expect(await configuredEngine({ config: path, env })).toBe("embedded");
  });

  it("comes from running vote services where nothing else says it", async () => {
    const { env } = await place();
    const dir = env.VOTE_SERVICES_DIR;
    const identity = processIdentity(process.pid) ?? "";
    const server = { pid: process.pid, identity };
    const servers = [
      { ...server, name: "kafka-1", service: "kafka" as const, port: 1 },
      { ...server, name: "dynamodb", service: "dynamodb" as const, port: 2 },
      { ...server, name: "redis", service: "redis" as const, port: 3 },
    ];
    await writeState({ version: 1, dir, servers }, false);
    expect(await clusterConfig({ env })).toEqual({
      kafka: { brokers: ["127.0.0.1:1"], replicationFactor: 1, minInsyncReplicas: 1 },
      dynamodb: { endpoint: "http://127.0.0.1:2" },
      redis: { url: "redis://127.0.0.1:3" },
    });
    const ended = servers.map((one) => ({ ...one, identity: "another process" }));
    await writeState({ version: 1, dir, servers: ended }, false);
    const error = await refusal(clusterConfig({ env }));
    expect(error).toMatchObject({ code: "not-running" });
    expect(error.message).toContain("Kafka, DynamoDB, Redis");
    expect(error.hint).toContain("vote services up");
  });

  it("reads secrets from files beside it and from variables", async () => {
    const { env, write } = await place();
    await write("secrets/kafka", "p4ss\n");
    await write("ca.pem", "CERTIFICATE");
    const path = await write(
      "vote.yaml",
      `
kafka:
  brokers: [a:9092]
  tls: { caFile: ca.pem }
  sasl: { mechanism: scram-sha-512, username: vote, passwordFile: secrets/kafka }
dynamodb: { region: eu-central-1 }
redis: { url: "rediss://cache:6379", passwordVariable: CACHE_PASSWORD, tls: true }
`,
    );
    const config = await clusterConfig({ config: path, env: { ...env, CACHE_PASSWORD: "a/b" } });
    expect(config.kafka.ssl).toEqual({ ca: "CERTIFICATE" });
    expect(config.kafka.sasl).toEqual({
      mechanism: "scram-sha-512",
      username: "vote",
      password: "p4ss",
    });
    expect(config.redis).toEqual({ url: "rediss://:a%2Fb@cache:6379", tls: {} });
  });

  it("asks for a cloud's token anew at every connection", async () => {
    const { env, write } = await place();
    const sasl = "sasl: { mechanism: oauthbearer, tokenFile: token }";
    await write("vote.yaml", whole.replace("replicationFactor: 3", sasl));
    await write("token", "first");
    const { sasl: options } = (await clusterConfig({ env })).kafka;
    if (options === undefined || !("oauthBearerProvider" in options)) throw new Error("no hook");
    expect(await options.oauthBearerProvider()).toEqual({ value: "first" });
    await write("token", "second\n");
    expect(await options.oauthBearerProvider()).toEqual({ value: "second" });
    await write("token.mjs", "export const token = async () => 'third';");
    const module = whole.replace(
      "replicationFactor: 3",
      sasl.replace("tokenFile: token", "tokenModule: token.mjs"),
    );
    await write("vote.yaml", module);
    const { sasl: other } = (await clusterConfig({ env })).kafka;
    if (other === undefined || !("oauthBearerProvider" in other)) throw new Error("no hook");
    expect(await other.oauthBearerProvider()).toEqual({ value: "third" });
  });
});

describe("a configuration that is wrong names file, field and what is allowed", () => {
  const kafka = (text: string) => `kafka: { brokers: [a:1], ${text} }`;
  it.each([
    ["engine: sqlite", "engine", "embedded, cluster"],
    ["kafka: { broker: [a:1] }", "kafka.broker", "brokers"],
    ["kafka: { brokers: [a] }", "kafka.brokers", "host:port"],
    ["kafka: { brokers: [] }", "kafka.brokers", "list"],
    [kafka("replicationFactor: 0"), "kafka.replicationFactor", "1 to 9"],
    [kafka("tls: { certificateFile: VOTE }"), "kafka.tls.certificateFile", "permissions"],
    [kafka("sasl: { mechanism: gssapi }"), "kafka.sasl.mechanism", "scram-sha-256"],
    [kafka("sasl: { mechanism: plain, username: u }"), "kafka.sasl.password", "passwordFile"],
    [kafka("sasl: { mechanism: oauthbearer }"), "kafka.sasl.tokenFile", "token()"],
    ["redis: { url: 'redis://u:hidden@h:1' }", "redis.url", "passwordFile"],
    ["redis: { password: hidden }", "redis.password", "passwordVariable"],
    ["redis: { passwordVariable: NOT_SET }", "redis.passwordVariable", "Set it"],
    ["- a list", "vote.yaml", "name: value"],
    ["{", "vote.yaml is not YAML", ""],
  ])("%s", async (text, field, hint) => {
    const { env, write } = await place();
    await write("vote.yaml", text);
    const error = await refusal(clusterConfig({ env }));
    expect(error.code).toBe("invalid-configuration");
    expect(error.message).toContain("vote.yaml");
    expect(error.message).toContain(field);
    expect(error.hint ?? "").toContain(hint);
    expect(error.message).not.toContain("hidden@");
  });

  it("a file that was named has to be there", async () => {
    const { env } = await place();
    const error = await refusal(configuredEngine({ config: "nowhere.yaml", env }));
    expect(error).toMatchObject({ code: "invalid-configuration" });
    expect(error.message).toContain("nowhere.yaml");
  });

  it.each([
    [{ VOTE_KAFKA_REPLICATION_FACTOR: "many" }, "VOTE_KAFKA_REPLICATION_FACTOR"],
    [{ VOTE_REDIS_URL: "cache:hidden" }, "not a Redis URL"],
  ])("the variable %j", async (variables, what) => {
    const { env, write } = await place();
    await write("vote.yaml", whole);
    const error = await refusal(clusterConfig({ env: { ...env, ...variables } }));
    expect(error.code).toBe("invalid-configuration");
    expect(error.message).toContain(what);
    expect(error.message).not.toContain("hidden");
  });
});
