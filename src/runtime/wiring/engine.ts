import { clockErrorMs } from "../core/limits.js";
import { type KeyDirectory, openKeyDirectory } from "../keys/key-directory.js";
import type { Ledger } from "../ledger/port.js";
import type { Log } from "../log/port.js";
import type { Registry } from "../registry/port.js";
import { ClockCheck } from "../time/clock-check.js";
import type { View } from "../view/port.js";
import { openDataDirectory } from "./data-directory.js";
import type { ClusterOptions, EngineOptions } from "./options.js";

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
      import("../embedded/environment.js"),
      import("../log/embedded/log.js"),
      import("../ledger/embedded.js"),
      import("../registry/embedded.js"),
      import("../view/embedded.js"),
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
    import("../log/kafka/kafka.js"),
    import("../log/lazy.js"),
    import("../dynamodb/client.js"),
    import("../ledger/dynamodb.js"),
    import("../registry/dynamodb.js"),
    import("../view/redis.js"),
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
