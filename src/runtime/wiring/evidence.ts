import type { LedgerReader } from "../ledger/port.js";
import type { LogReader } from "../log/port.js";
import type { RegistryReader } from "../registry/port.js";
import { existingDataDirectory } from "./data-directory.js";
import type { ClusterOptions, EngineOptions } from "./options.js";

/** What an auditor reads. */
export interface Evidence {
  readonly name: EngineOptions["engine"];
  readonly log: LogReader;
  readonly ledger: LedgerReader;
  readonly registry: RegistryReader;
  close(): Promise<void>;
}

/**
 * Opens what an auditor reads, without any right to write: neither the view nor a key, and on this
 * machine nothing that would create or lock a file for writing.
 *
 * @throws VoteError as `openEngine` does
 */
export async function openEvidence(options: EngineOptions): Promise<Evidence> {
  if (options.engine === "cluster") return openClusterEvidence(options);
  const [store, { EmbeddedLog }, { EmbeddedLedger }, { EmbeddedRegistry }] = await Promise.all([
    import("../embedded/environment.js"),
    import("../log/embedded/log.js"),
    import("../ledger/embedded.js"),
    import("../registry/embedded.js"),
  ]);
  const directory = await existingDataDirectory(options.dataDir);
  const evidence = store.openToRead(directory.ledger);
  const log = new EmbeddedLog(directory.log, store.openToRead(directory.log));
  return {
    name: "embedded",
    log,
    ledger: new EmbeddedLedger(evidence),
    registry: new EmbeddedRegistry(evidence),
    async close() {
      await Promise.all([log.close(), evidence.close()]);
    },
  };
}

async function openClusterEvidence({ cluster, notice }: ClusterOptions): Promise<Evidence> {
  const [{ openKafkaLog }, { DynamoDb }, { DynamoLedger }, { DynamoRegistry }] = await Promise.all([
    import("../log/kafka/kafka.js"),
    import("../dynamodb/client.js"),
    import("../ledger/dynamodb.js"),
    import("../registry/dynamodb.js"),
  ]);
  const log = await openKafkaLog({ ...cluster.kafka, notice });
  const database = new DynamoDb(cluster.dynamodb);
  return {
    name: "cluster",
    log,
    ledger: new DynamoLedger(database, database.segmentsTable),
    registry: new DynamoRegistry(database, database.registryTable),
    async close() {
      database.close();
      await log.close();
    },
  };
}
