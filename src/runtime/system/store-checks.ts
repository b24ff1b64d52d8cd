import { type StoreCheck, StoreChecks } from "../telemetry/store-checks.js";
import type { Engine } from "../wiring.js";

const storeNames = {
  embedded: { log: "LMDB", ledger: "LMDB", view: "LMDB" },
  cluster: { log: "Kafka", ledger: "DynamoDB", view: "Redis" },
} as const;

/** For a role that needs these parts of the engine. Each is asked for next to nothing. */
export function storeChecksOf(engine: Engine, parts: readonly StoreCheck["part"][]): StoreChecks {
  const { log, registry, view, name } = engine;
  // A log is asked for the end of some election's partition: without an election there is none.
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
  );
}
