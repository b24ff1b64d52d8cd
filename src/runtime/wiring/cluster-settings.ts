import type { ClusterConfig } from "./options.js";

/** One of a cluster's servers. */
export type ClusterPart = "kafka" | "dynamodb" | "redis";

/** A setting that is not as durability, or the view, needs it. */
export interface ClusterFinding {
  readonly part: ClusterPart;
  /** The topic or table, or "Redis". */
  readonly name: string;
  readonly setting: string;
  readonly actual: string;
  readonly wanted: string;
  /** What puts it right: a command, or an operator's task. */
  readonly fix: string;
}

export interface ClusterReport {
  /** Tables that have been created. */
  readonly created: readonly string[];
  /** Topics that have been changed. */
  readonly changed: readonly string[];
  /** What still needs to be put right. */
  readonly findings: readonly ClusterFinding[];
}

/** "check" changes nothing, "create" creates missing tables, "apply" also changes topics. */
export type ClusterAction = "check" | "create" | "apply";

/**
 * Checks topics and tables, and sets them up as far as the action allows. Idempotent.
 *
 * @throws VoteError `log-unavailable` or `ledger-unavailable`
 */
export async function prepareCluster(
  config: Pick<ClusterConfig, "kafka" | "dynamodb">,
  action: ClusterAction,
): Promise<ClusterReport> {
  const { initKafka } = await import("../log/kafka/kafka.js");
  const tables = await lookAtTables(config, action !== "check");
  const found = action === "apply" ? await initKafka(config.kafka) : [];
  const changeable = found.filter((one) => one.changeable).map(({ topic }) => topic);
  return {
    created: tables.created,
    changed: [...new Set(changeable)],
    findings: [...(await topicFindings(config)), ...tables.findings],
  };
}

/**
 * Asks one of the cluster's servers which of its settings are wrong. Changes nothing.
 *
 * @throws VoteError `log-unavailable`, `ledger-unavailable` or `view-unavailable`
 */
export async function checkPart(
  part: ClusterPart,
  config: ClusterConfig,
): Promise<readonly ClusterFinding[]> {
  if (part === "kafka") return topicFindings(config);
  if (part === "dynamodb") return (await lookAtTables(config, false)).findings;
  const { checkRedis } = await import("../view/redis-settings.js");
  return (await checkRedis(config.redis)).map((one) => ({ part, name: "Redis", ...one }));
}

async function topicFindings({ kafka }: Pick<ClusterConfig, "kafka">): Promise<ClusterFinding[]> {
  const { checkKafka } = await import("../log/kafka/kafka.js");
  return (await checkKafka(kafka)).map(({ topic, changeable, ...rest }) => {
    const fix = changeable ? "vote services init --apply" : "kafka-reassign-partitions";
    return { part: "kafka" as const, name: topic, ...rest, fix };
  });
}

async function lookAtTables(
  { dynamodb }: Pick<ClusterConfig, "dynamodb">,
  create: boolean,
): Promise<Pick<ClusterReport, "created" | "findings">> {
  const { DynamoDb } = await import("../dynamodb/client.js");
  const database = new DynamoDb(dynamodb);
  try {
    const tables = create
      ? await database.ensureTables()
      : { created: [], findings: await database.checkTables() };
    const findings = tables.findings.map(({ table, found: actual, setting, wanted, fix }) => {
      return { part: "dynamodb" as const, name: table, setting, actual, wanted, fix };
    });
    return { created: tables.created, findings };
  } finally {
    database.close();
  }
}
