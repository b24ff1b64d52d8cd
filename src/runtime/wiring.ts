import { clockErrorMs } from "./core/limits.js";
import { existingDataDirectory, openDataDirectory } from "./data-directory.js";
import type { DynamoDbOptions } from "./dynamodb/options.js";
import { type KeyDirectory, openKeyDirectory } from "./keys/key-directory.js";
import type { Ledger, LedgerReader } from "./ledger/port.js";
import type { KafkaLogOptions } from "./log/kafka/kafka.js";
import type { Log, LogReader } from "./log/port.js";
import type { Registry, RegistryReader } from "./registry/port.js";
import type { Clock } from "./time/clock.js";
import { ClockCheck } from "./time/clock-check.js";
import type { Wire } from "./time/wire.js";
import type { View } from "./view/port.js";
import type { RedisViewOptions } from "./view/redis.js";

/** Connection settings of the cluster's parts. */
export interface ClusterConfig {
  readonly kafka: Omit<KafkaLogOptions, "notice">;
  readonly dynamodb: DynamoDbOptions;
  readonly redis: RedisViewOptions;
}

export type EngineOptions =
  | { readonly engine: "embedded"; readonly dataDir: string }
  | {
      readonly engine: "cluster";
      readonly cluster: ClusterConfig;
      /** Voter keys stay on this machine and never reach the cluster. */
      readonly keysDir: string;
      /** Where tallies of this machine keep their snapshots. */
      readonly snapshotsDir?: string;
      /** Connects to the log only when it is first needed. */
      readonly logWhenNeeded?: boolean;
      /** Called with each failure in the background that is retried. */
      readonly notice?: (topic: string, error: unknown) => void;
      /** The clock to compare with the cluster's. Default: the machine's. */
      readonly clock?: Clock;
    };

/** The stores and keys that roles, commands and tests work with. */
export interface Engine {
  readonly name: EngineOptions["engine"];
  readonly log: Log;
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly view: View;
  readonly keys: KeyDirectory;
  /** Where tallies of this machine keep their snapshots, if anywhere. */
  readonly snapshotsDir?: string | undefined;
  /** This process's clock beside the one that all processes share. */
  readonly clocks: ClockCheck;
  close(): Promise<void>;
}

/**
 * Opens the adapters of the embedded engine, over one data directory that several processes may
 * share, or those of a cluster. Imports only what the engine needs.
 *
 * @throws VoteError `data-directory-unusable` or `data-directory-version`; for a cluster
 *   `log-unavailable`, `ledger-unavailable` or `view-unavailable`
 */
export function openEngine(options: EngineOptions): Promise<Engine> {
  return options.engine === "embedded" ? openEmbedded(options.dataDir) : openCluster(options);
}

async function openEmbedded(dataDir: string): Promise<Engine> {
  const [store, { EmbeddedLog }, { EmbeddedLedger }, { EmbeddedRegistry }, { EmbeddedView }] =
    await Promise.all([
      import("./embedded/environment.js"),
      import("./log/embedded/log.js"),
      import("./ledger/embedded.js"),
      import("./registry/embedded.js"),
      import("./view/embedded.js"),
    ]);
  const directory = await openDataDirectory(dataDir);
  const log = new EmbeddedLog(directory.log);
  // One transaction writes an election's record and its trail, so ledger and registry share it.
  const evidence = store.openEnvironment(directory.ledger, true);
  const view = new EmbeddedView(directory.view);
  return {
    name: "embedded",
    log,
    ledger: new EmbeddedLedger(evidence),
    registry: new EmbeddedRegistry(evidence),
    view,
    keys: openKeyDirectory(directory.keys),
    snapshotsDir: directory.snapshots,
    // All processes are on this machine, and share its clock.
    clocks: new ClockCheck(clockErrorMs.embedded),
    async close() {
      await Promise.all([log.close(), evidence.close(), view.close()]);
    },
  };
}

type ClusterOptions = Extract<EngineOptions, { engine: "cluster" }>;

async function openCluster(options: ClusterOptions): Promise<Engine> {
  const { cluster, keysDir, snapshotsDir, logWhenNeeded, notice, clock } = options;
  const [
    { openKafkaLog },
    { lazyLog },
    { DynamoDb },
    { DynamoLedger },
    { DynamoRegistry },
    { openRedisView },
  ] = await Promise.all([
    import("./log/kafka/kafka.js"),
    import("./log/lazy.js"),
    import("./dynamodb/client.js"),
    import("./ledger/dynamodb.js"),
    import("./registry/dynamodb.js"),
    import("./view/redis.js"),
  ]);
  const openLog = () => openKafkaLog({ ...cluster.kafka, notice });
  const opening = [
    logWhenNeeded ? Promise.resolve(lazyLog(openLog)) : openLog(),
    openRedisView(cluster.redis),
  ] as const;
  const clocks = new ClockCheck(clockErrorMs.cluster, clock);
  const database = new DynamoDb(cluster.dynamodb, { clocks, clock });
  try {
    const [log, view] = await Promise.all(opening);
    return {
      name: "cluster",
      log,
      ledger: new DynamoLedger(database, database.segmentsTable),
      registry: new DynamoRegistry(database, database.registryTable),
      view,
      keys: openKeyDirectory(keysDir),
      snapshotsDir,
      clocks,
      async close() {
        database.close();
        await Promise.all([log.close(), view.close()]);
      },
    };
  } catch (error) {
    database.close();
    for (const one of await Promise.allSettled(opening)) {
      if (one.status === "fulfilled") await one.value.close();
    }
    throw error;
  }
}

/** One handle on in-memory stores, as a process of its own would open it. */
export interface MemoryOptions {
  /** Which no other handle has. */
  readonly id: string;
  readonly wire: Wire;
  readonly clock: Clock;
  readonly keys: KeyDirectory;
  readonly clocks: ClockCheck;
  /** How often a tally looks for new records. */
  readonly pollMs: number;
}

/**
 * Loads what engines in memory are made of: the cluster's ledger and registry over tables in
 * memory, with a log and a view of their own. For simulations, which open many.
 */
export async function loadMemoryEngines() {
  const [log, items, view, { DynamoLedger }, { DynamoRegistry }] = await Promise.all([
    import("./log/memory/log.js"),
    import("./dynamodb/memory-items.js"),
    import("./view/memory.js"),
    import("./ledger/dynamodb.js"),
    import("./registry/dynamodb.js"),
  ]);
  return () => {
    const content = {
      log: new log.LogContent(),
      tables: new items.TableContent(),
      view: new view.ViewContent(),
    };
    const open = ({ wire, keys, clocks, ...options }: MemoryOptions): Engine => {
      const tables = new items.MemoryItems(content.tables, wire);
      const opened = new log.MemoryLog({ ...options, wire, content: content.log });
      return {
        name: "cluster",
        log: opened,
        ledger: new DynamoLedger(tables, "segments"),
        registry: new DynamoRegistry(tables, "registry"),
        view: new view.MemoryView(content.view, wire),
        keys,
        clocks,
        close: () => opened.close(),
      };
    };
    return { content, open };
  };
}

/** In-memory stores, and what opens handles on them. */
export type MemoryStores = ReturnType<Awaited<ReturnType<typeof loadMemoryEngines>>>;

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
    import("./embedded/environment.js"),
    import("./log/embedded/log.js"),
    import("./ledger/embedded.js"),
    import("./registry/embedded.js"),
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
    import("./log/kafka/kafka.js"),
    import("./dynamodb/client.js"),
    import("./ledger/dynamodb.js"),
    import("./registry/dynamodb.js"),
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

/** A setting of a topic or table that is not as durability needs it. */
export interface ClusterFinding {
  readonly part: "kafka" | "dynamodb";
  /** The topic or table. */
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
  { kafka, dynamodb }: Pick<ClusterConfig, "kafka" | "dynamodb">,
  action: ClusterAction,
): Promise<ClusterReport> {
  const [{ checkKafka, initKafka }, { DynamoDb }] = await Promise.all([
    import("./log/kafka/kafka.js"),
    import("./dynamodb/client.js"),
  ]);
  const database = new DynamoDb(dynamodb);
  try {
    const tables =
      action === "check"
        ? { created: [], findings: await database.checkTables() }
        : await database.ensureTables();
    const found = action === "apply" ? await initKafka(kafka) : [];
    const left = await checkKafka(kafka);
    const changeable = found.filter((one) => one.changeable).map(({ topic }) => topic);
    return {
      created: tables.created,
      changed: [...new Set(changeable)],
      findings: [
        ...left.map(({ topic, changeable: ours, ...rest }) => {
          const fix = ours ? "vote services init --apply" : "kafka-reassign-partitions";
          return { part: "kafka" as const, name: topic, ...rest, fix };
        }),
        ...tables.findings.map(({ table, found: actual, setting, wanted, fix }) => {
          return { part: "dynamodb" as const, name: table, setting, actual, wanted, fix };
        }),
      ],
    };
  } finally {
    database.close();
  }
}
