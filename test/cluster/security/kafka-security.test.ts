import { execFile } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { clusterConfig } from "../../../src/runtime/config/cluster-config.js";
import { cachedClasspath } from "../../../src/runtime/local-cluster/servers/classpath.js";
import { findTools } from "../../../src/runtime/local-cluster/servers/tools.js";
import { artifacts } from "../../../src/runtime/local-cluster/servers/versions.js";
import { openKafkaLog } from "../../../src/runtime/log/kafka/kafka.js";
import type { Log } from "../../../src/runtime/log/port.js";
import { Ports } from "../../../src/runtime/processes/ports.js";
import { useServices } from "../../helpers/cluster/cluster.js";
import { programRuns } from "../../helpers/cluster/programs.js";
import { realServers } from "../../helpers/cluster/real-servers.js";
import { Authority, type Certificates } from "../../helpers/data/certificates.js";

const run = promisify(execFile);
const title = "a broker behind TLS and SASL";
const available =
  (await realServers(title, ["kafka"])) &&
  (await programRuns(title, ["openssl", "version"], ["openssl"]));
const startWithinMs = 300_000;
const password = "correct horse";

/** The broker's own file of settings, for a listener that wants certificates and a login. */
function brokerProperties({ ca, keyStore }: Certificates): Record<string, string> {
  const login = "org.apache.kafka.common.security";
  const listener = {
    "ssl.keystore.type": "PEM",
    "ssl.keystore.location": keyStore,
    "ssl.truststore.type": "PEM",
    "ssl.truststore.location": ca,
    "ssl.client.auth": "required",
    "plain.sasl.jaas.config": `${login}.plain.PlainLoginModule required user_vote="${password}";`,
    "scram-sha-256.sasl.jaas.config": `${login}.scram.ScramLoginModule required;`,
    "scram-sha-512.sasl.jaas.config": `${login}.scram.ScramLoginModule required;`,
    "oauthbearer.sasl.jaas.config": `${login}.oauthbearer.OAuthBearerLoginModule required;`,
  };
  return {
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:SASL_SSL",
    "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER",
    ...Object.fromEntries(
      Object.entries(listener).map(([name, value]) => [`listener.name.proxied.${name}`, value]),
    ),
  };
}

/** A token as the broker's built-in check takes it: not signed, with a subject and an end. */
const tokenModule = `
const part = (claims) => Buffer.from(JSON.stringify(claims)).toString("base64url");
export async function token() {
  const now = Math.floor(Date.now() / 1000);
  return part({ alg: "none" }) + "." + part({ sub: "vote", iat: now, exp: now + 600 }) + ".";
}
`;

describe.runIf(available)(title, () => {
  const directory = mkdtempSync(join(tmpdir(), "vote-security-"));
  const proxiedListeners: { port: number; advertisedPort: number }[] = [];
  const kafkaProperties: Record<string, string> = {};
  let client: Certificates;
  let elections = 0;
  beforeAll(async () => {
    const authority = await Authority.make(directory);
    const port = await new Ports().choose();
    proxiedListeners.push({ port, advertisedPort: port });
    Object.assign(kafkaProperties, brokerProperties(await authority.certify("broker")));
    client = await authority.certify("client");
    await writeFile(join(directory, "password"), `${password}\n`, { mode: 0o600 });
    await writeFile(join(directory, "wrong"), "another horse\n", { mode: 0o600 });
    await writeFile(join(directory, "token.mjs"), tokenModule);
  });
  const services = useServices({ services: ["kafka"], proxiedListeners, kafkaProperties });
  beforeAll(async () => {
    const [broker] = services().endpoints.kafka?.brokers ?? [];
    const { java } = await findTools(["java"]);
    const classpath = (await cachedClasspath(artifacts.kafka)) ?? [];
    const user = ["--entity-type", "users", "--entity-name", "vote"];
    const tool = ["kafka.admin.ConfigCommand", "--bootstrap-server", broker, "--alter", ...user];
    // The broker takes one credential of a user at a time.
    for (const mechanism of ["SCRAM-SHA-256", "SCRAM-SHA-512"]) {
      const added = `${mechanism}=[password=${password}]`;
      await run(java, ["-cp", classpath.join(delimiter), ...tool, "--add-config", added]);
    }
  }, startWithinMs);
  afterAll(() => rm(directory, { recursive: true, force: true }));

  /** Through vote.yaml, as an operator writes it. */
  async function open(sasl: string, tls = trusted()): Promise<Log> {
    const config = join(directory, `vote-${elections++}.yaml`);
    const [{ port }] = proxiedListeners;
    await writeFile(
      config,
      `kafka:
  brokers: ["127.0.0.1:${port}"]
  replicationFactor: 1
  minInsyncReplicas: 1
  ${tls}
  ${sasl}
dynamodb: { region: us-east-1 }
redis: { url: "redis://127.0.0.1:1" }
`,
    );
    const { kafka } = await clusterConfig({ config, env: {} });
    const log = await openKafkaLog(kafka);
    onTestFinished(() => log.close());
    return log;
  }

  const trusted = () =>
    `tls: { caFile: ${client.ca}, certificateFile: ${client.certificate}, keyFile: ${client.key} }`;
  const named = (mechanism: string, file = "password") =>
    `sasl: { mechanism: ${mechanism}, username: vote, passwordFile: ${file} }`;

  it.each([
    ["plain", named("plain")],
    ["scram-sha-256", named("scram-sha-256")],
    ["scram-sha-512", named("scram-sha-512")],
    ["oauthbearer", "sasl: { mechanism: oauthbearer, tokenModule: token.mjs }"],
  ])("takes frames by %s, and gives them back", async (mechanism, sasl) => {
    const log = await open(sasl);
    const election = `secure-${mechanism}`;
    await log.createTopic({ election, partitions: 1 });
    const bytes = Buffer.from(mechanism.repeat(20));
    expect(await log.append([{ election, partition: 0, bytes }])).toEqual([0]);
    const [record] = await log.read(election, 0, 0, 10_000);
    expect(Buffer.from(record.bytes)).toEqual(bytes);
  });

  it.each([
    ["a wrong password", () => [named("scram-sha-512", "wrong")]],
    ["no login", () => [""]],
    ["no certificate", () => [named("plain"), `tls: { caFile: ${client.ca} }`]],
    ["an authority it does not know", () => [named("plain"), "tls: true"]],
    ["no TLS", () => [named("plain"), ""]],
  ] as const)("refuses %s, and tells no secret", async (_what, options) => {
    const [sasl, tls] = options();
    // Without a login, a broker still says which requests it knows: the first real one fails.
    const use = async () =>
      (await open(sasl, tls)).createTopic({ election: "refused", partitions: 1 });
    const error = await use().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: "log-unavailable" });
    expect(String(error)).not.toContain("horse");
  });
});
