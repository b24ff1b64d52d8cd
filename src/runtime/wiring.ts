import { openDataDirectory } from "./data-directory.js";
import { type KeyDirectory, openKeyDirectory } from "./keys/key-directory.js";
import { EmbeddedLedger } from "./ledger/embedded.js";
import type { Ledger, Registry } from "./ledger/port.js";
import { EmbeddedLog } from "./log/embedded.js";
import type { Log } from "./log/port.js";
import { EmbeddedView } from "./view/embedded.js";
import type { View } from "./view/port.js";

export interface EngineOptions {
  readonly engine: "embedded";
  readonly dataDir: string;
}

/** Everything that a role, a command or a test needs of the outside world. */
export interface Engine {
  readonly name: EngineOptions["engine"];
  readonly log: Log;
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly view: View;
  readonly keys: KeyDirectory;
  close(): Promise<void>;
}

/**
 * Opens the adapters over one data directory, which several processes may share.
 *
 * @throws VoteError `data-directory-unusable` or `data-directory-version`
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const directory = await openDataDirectory(options.dataDir);
  const log = new EmbeddedLog(directory.log);
  const ledger = new EmbeddedLedger(directory.ledger);
  const view = new EmbeddedView(directory.view);
  return {
    name: options.engine,
    log,
    ledger,
    registry: ledger.registry,
    view,
    keys: openKeyDirectory(directory.keys),
    async close() {
      await Promise.all([log.close(), ledger.close(), view.close()]);
    },
  };
}
