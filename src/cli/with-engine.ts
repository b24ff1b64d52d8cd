import { resolveDataDir } from "../runtime/orchestrate/config.js";
import type { Engine } from "../runtime/wiring.js";

/**
 * Opens the data directory that the flags name, runs `work` and closes it again. The engine is
 * imported only here: `--help` and bad usage answer without loading the store.
 */
export async function withEngine<T>(
  flags: { readonly "data-dir"?: string },
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const dataDir = await resolveDataDir(flags["data-dir"]);
  const { openEngine } = await import("../runtime/wiring.js");
  const engine = await openEngine({ engine: "embedded", dataDir });
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}
