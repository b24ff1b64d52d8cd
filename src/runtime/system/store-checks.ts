import { dirname } from "node:path";
import { type StoreCheck, StoreChecks } from "../telemetry/store-checks.js";
import type { Engine } from "../wiring/engine.js";

const storeNames = {
  embedded: { log: "LMDB", ledger: "LMDB", view: "LMDB" },
  cluster: { log: "Kafka", ledger: "DynamoDB", view: "Redis" },
} as const;

/** Makes cheap health checks for the parts of the engine that a role needs. */
export function storeChecksOf(engine: Engine, parts: readonly StoreCheck["part"][]): StoreChecks {
  const { log, registry, view, name, snapshotsDir } = engine;
  // The check of a log asks for the end of some partition, which takes an election.
  let known: string | undefined;
  const someElection = async () => {
    const elections = known === undefined ? await registry.list().catch(() => []) : [];
    known ??= elections.find(({ status }) => status !== "draft")?.id;
    return known;
  };
  const ask = {
    async log() {
      const election = await someElection();
      if (election !== undefined) await log.end(election, 0);
      return election !== undefined;
    },
    async ledger() {
      await registry.list();
      return true;
    },
    async view() {
      await view.get((await someElection()) ?? "none");
      return true;
    },
  };
  return new StoreChecks(
    parts.map((part) => ({ part, store: storeNames[name][part], ask: ask[part] })),
    { directory: snapshotsDir && dirname(snapshotsDir) },
  );
}
