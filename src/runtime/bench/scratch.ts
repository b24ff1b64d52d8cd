import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Election } from "../core/election.js";
import { createAndStore, openElection } from "../orchestrate/elections.js";
import { type Engine, openEngine } from "../wiring.js";

/** Runs `work` over an engine in a directory of its own, which is gone afterwards. */
export async function withScratchEngine<T>(
  work: (engine: Engine, dataDir: string) => Promise<T>,
): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), "vote-bench-"));
  try {
    const engine = await openEngine({ engine: "embedded", dataDir });
    try {
      return await work(engine, dataDir);
    } finally {
      await engine.close();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** An open election with three candidates. */
export async function scratchElection(engine: Engine, partitions: number): Promise<Election> {
  const candidates = ["ana", "bruno", "clara"].map((id) => ({ id, name: id }));
  const draft = { id: "bench", title: "Bench", candidates, partitions };
  await createAndStore(engine, draft, Date.now());
  return openElection(engine, draft.id, Date.now());
}
