import type { KeyDirectory } from "../keys/key-directory.js";
import type { Clock } from "../time/clock.js";
import type { ClockCheck } from "../time/clock-check.js";
import type { Wire } from "../time/wire.js";
import type { Engine } from "./engine.js";

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
    import("../log/memory/log.js"),
    import("../dynamodb/memory-items.js"),
    import("../view/memory.js"),
    import("../ledger/dynamodb.js"),
    import("../registry/dynamodb.js"),
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
