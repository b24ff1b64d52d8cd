import { mkdtempSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import kafkajs from "kafkajs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FaultProxy } from "../../../src/runtime/chaos/proxy/fault-proxy.js";
import { dynamoDialect } from "../../../src/runtime/chaos/proxy/wire-dialects.js";
import { clusterConfig } from "../../../src/runtime/config/cluster-config.js";
import { DynamoDb } from "../../../src/runtime/dynamodb/client.js";
import { clusterOf } from "../../../src/runtime/local-cluster/access.js";
import { openKafkaLog } from "../../../src/runtime/log/kafka/kafka.js";
import { Ports } from "../../../src/runtime/processes/ports.js";
import { type Engine, openEngine } from "../../../src/runtime/wiring/engine.js";
import { useServices } from "../../helpers/cluster/cluster.js";
import { realServers } from "../../helpers/cluster/real-servers.js";
import { ballotOf, frameOf } from "../../helpers/data/ballots.js";
import { sealedElection } from "../../helpers/data/sealed-election.js";
import { type Sandbox, sandbox } from "../../helpers/run-vote.js";

const title = "an auditor whose credentials may only read";
const available = await realServers(title);
const startWithinMs = 300_000;
const password = "correct horse";

/** Everybody who logs in at this listener may do what the lists of rights allow, and no more. */
const kafkaProperties = {
  "listener.security.protocol.map":
    "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:SASL_PLAINTEXT",
  "sasl.enabled.mechanisms": "PLAIN",
  "listener.name.proxied.plain.sasl.jaas.config":
    "org.apache.kafka.common.security.plain.PlainLoginModule required " +
    `user_auditor="${password}";`,
  "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
  "super.users": "User:ANONYMOUS",
};

/** As DynamoDB says it. */
function denied(): Buffer {
  const type = "com.amazon.coral.service#AccessDeniedException";
  const body = JSON.stringify({ __type: type, Message: "Not authorized to perform this." });
  const head = [
    "HTTP/1.1 400 Bad Request",
    "Content-Type: application/x-amz-json-1.0",
    `Content-Length: ${body.length}`,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
}

/** Every call that the policy for auditors does not allow. */
async function notAllowed(): Promise<RegExp> {
  const file = new URL("../../../compose/dynamodb/auditor-policy.json", import.meta.url);
  const policy = JSON.parse(await readFile(file, "utf8")) as {
    Statement: { Effect: string; Action: string[] }[];
  };
  const allowed = policy.Statement.filter(({ Effect }) => Effect === "Allow")
    .flatMap(({ Action }) => Action)
    .map((action) => action.replace("dynamodb:", ""));
  return new RegExp(`^(?!(${allowed.join("|")})$)`);
}

describe.runIf(available)(title, () => {
  const keysDir = mkdtempSync(join(tmpdir(), "vote-read-only-"));
  const proxiedListeners: { port: number; advertisedPort: number }[] = [];
  let box: Sandbox;
  let engine: Engine;
  let proxy: FaultProxy;
  let config: string;
  beforeAll(async () => {
    box = sandbox();
    const port = await new Ports().choose();
    proxiedListeners.push({ port, advertisedPort: port });
  });
  const services = useServices({ proxiedListeners, kafkaProperties });
  beforeAll(async () => {
    const cluster = clusterOf(services());
    const database = new DynamoDb(cluster.dynamodb);
    await database.ensureTables();
    database.close();
    engine = await openEngine({ engine: "cluster", cluster, keysDir });
    await sealedElection(engine);
    await allowToRead(cluster.kafka.brokers);
    proxy = await FaultProxy.start({
      target: services().server("dynamodb").port,
      dialect: dynamoDialect,
      seed: 1,
    });
    proxy.answerInstead(denied(), 1, await notAllowed());
    config = join(box.path, "auditor.yaml");
    await writeFile(join(box.path, "password"), password, { mode: 0o600 });
    await writeFile(
      config,
      `kafka:
  brokers: ["127.0.0.1:${proxiedListeners[0].port}"]
  replicationFactor: 1
  minInsyncReplicas: 1
  sasl: { mechanism: plain, username: auditor, passwordFile: password }
dynamodb: { endpoint: "http://127.0.0.1:${proxy.port}" }
redis: { url: "redis://127.0.0.1:1" }
`,
    );
  }, startWithinMs);
  afterAll(async () => {
    await engine?.close();
    await proxy?.close();
    await box.remove();
  });

  async function allowToRead(brokers: readonly string[]): Promise<void> {
    const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } =
      kafkajs;
    const admin = new kafkajs.Kafka({ brokers: [...brokers], logLevel: 0 }).admin();
    await admin.connect();
    await admin.createAcls({
      acl: [AclOperationTypes.READ, AclOperationTypes.DESCRIBE].map((operation) => ({
        resourceType: AclResourceTypes.TOPIC,
        resourceName: "vote.",
        resourcePatternType: ResourcePatternTypes.PREFIXED,
        principal: "User:auditor",
        host: "*",
        operation,
        permissionType: AclPermissionTypes.ALLOW,
      })),
    });
    await admin.disconnect();
  }

  const vote = (...args: string[]) =>
    box.vote(...args, "--engine", "cluster", "--config", config, "--json");

  it("recounts ledger and log, exports them, and asks for nothing else", async () => {
    const { code, stdout, stderr } = await vote("recount", "--no-certify");
    expect(code, stdout + stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ election: "demo", from: "log", agrees: true });
    const exported = await vote("audit", "export", "--election", "demo", "--to", "exported");
    expect(exported.code, exported.stdout + exported.stderr).toBe(0);
    expect(proxy.injections).toBe(0);
    expect((await engine.registry.get("demo"))?.status).toBe("closed");
  });

  it("and could not have written", async () => {
    const { kafka } = await clusterConfig({ config, env: {} });
    const log = await openKafkaLog(kafka);
    const frame = { election: "demo", partition: 0, bytes: frameOf("demo", 0, [ballotOf(2, 2)]) };
    await expect(log.append([frame])).rejects.toMatchObject({
      hint: "The Kafka user may not use this topic.",
    });
    await log.close();
    const database = new DynamoDb({ endpoint: `http://127.0.0.1:${proxy.port}` });
    await expect(database.ensureTables()).rejects.toMatchObject({ code: "ledger-unavailable" });
    database.close();
  });
});
