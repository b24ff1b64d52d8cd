import { join } from "node:path";
import { type EngineChoice, engineOptions, keysDirOf } from "../../config/engine-choice.js";
import type { DoctorCheck } from "../../contracts/config/doctor-report.js";
import { openKeyDirectory } from "../../keys/key-directory.js";
import { type ClusterFinding, type ClusterPart, checkPart } from "../../wiring/cluster-settings.js";
import { openEngine } from "../../wiring/engine.js";
import { openEvidence } from "../../wiring/evidence.js";
import type { ClusterConfig, EngineOptions } from "../../wiring/options.js";
import { exists } from "./directory-checks.js";
import { electionChecks } from "./election-checks.js";
import { failed, looked, ok, warning } from "./finding.js";
import { clockChecks } from "./host-checks.js";

/** Asks every store of the engine, and looks at the settings that durability needs. */
export async function storeChecks(choice: EngineChoice): Promise<DoctorCheck[]> {
  return looked("configuration", async () => {
    const options = await engineOptions(choice);
    if (options.engine === "embedded") return embeddedChecks(options, keysDirOf(choice));
    const { kafka, dynamodb, redis } = options.cluster;
    const [ofKafka, ofDynamoDb, ofRedis] = await Promise.all([
      partChecks("kafka", kafka.brokers.join(", "), options.cluster),
      partChecks("dynamodb", dynamodb.endpoint ?? dynamodb.region ?? "", options.cluster),
      partChecks("redis", new URL(redis.url).host, options.cluster),
    ]);
    // Down, or without its table, DynamoDB has said so: not again for the elections.
    const isKnown = ofDynamoDb.some(({ state }) => state === "failed");
    const ofRegistry = (await registryChecks(options)).filter(
      ({ check, state }) => !(isKnown && check === "elections" && state === "failed"),
    );
    return [...ofKafka, ...ofDynamoDb, ...ofRedis, ...ofRegistry];
  });
}

type Embedded = Extract<EngineOptions, { engine: "embedded" }>;
type Cluster = Extract<EngineOptions, { engine: "cluster" }>;

async function embeddedChecks(options: Embedded, folder: string): Promise<DoctorCheck[]> {
  // The check of the directory says so.
  if (!(await exists(join(options.dataDir, "ledger")))) return [];
  return looked("LMDB", async () => {
    const evidence = await openEvidence(options);
    try {
      const elections = await evidence.registry.list();
      const checks = await electionChecks(elections, { keys: openKeyDirectory(folder), folder });
      return [ok("LMDB", "log and ledger can be read"), ...checks];
    } finally {
      await evidence.close();
    }
  });
}

/** Asks the registry, whose answers say the time, too. */
async function registryChecks(options: Cluster): Promise<DoctorCheck[]> {
  const engine = await openEngine({ ...options, logWhenNeeded: true });
  try {
    const host = { keys: engine.keys, folder: options.keysDir };
    const elections = await looked("elections", async () =>
      electionChecks(await engine.registry.list(), host),
    );
    return [...(await clockChecks(engine.clocks)), ...elections];
  } finally {
    await engine.close();
  }
}

const parts = {
  kafka: { title: "Kafka", item: "topic" },
  dynamodb: { title: "DynamoDB", item: "table" },
  redis: { title: "Redis", item: "view" },
} as const;

function partChecks(part: ClusterPart, place: string, cluster: ClusterConfig) {
  const { title } = parts[part];
  return looked(title, async () => {
    const findings = await checkPart(part, cluster);
    const answers = ok(title, `answers at ${place}`);
    return [answers, ...findings.map(asCheck)];
  });
}

function asCheck({ part, name, setting, actual, wanted, fix }: ClusterFinding): DoctorCheck {
  const detail = `${setting} is ${actual}, must be ${wanted}`;
  // What Redis loses, the ledger restores.
  if (part === "redis") return warning(name, detail, fix);
  const command = `Run \`${fix}\`.`;
  return failed(`${parts[part].item} ${name}`, "threshold-breached", detail, command);
}
