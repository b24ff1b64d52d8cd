import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EngineChoice, openOwnEngine } from "../../config/engine-choice.js";
import type { Election } from "../../core/election.js";
import { closeElection } from "../../elections/closing.js";
import { createAndStore, openElection } from "../../elections/elections.js";
import { certify } from "../../recount/certificate/certify.js";
import { recountElection } from "../../recount/recount.js";
import { waitForSeals } from "../../recount/wait-for-seals.js";
import { noWatch, watchSeconds } from "../../telemetry/work-watch.js";
import type { Engine } from "../../wiring/engine.js";

/**
 * Runs `work` over an engine with a temporary directory. On a cluster, what the bench stores stays
 * there, under an election of its own.
 */
export async function withScratchEngine<T>(
  work: (engine: Engine, choice: EngineChoice) => Promise<T>,
  wanted: Pick<EngineChoice, "engine" | "config"> = { engine: "embedded" },
): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), "vote-bench-"));
  try {
    const choice = { ...wanted, dataDir };
    const engine = await openOwnEngine(choice);
    try {
      return await work(engine, choice);
    } finally {
      await engine.close();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** Creates and opens an election with three candidates. */
export async function scratchElection(
  engine: Engine,
  partitions: number,
  id = "bench",
): Promise<Election> {
  const candidates = ["ana", "bruno", "clara"].map((name) => ({ id: name, name }));
  const draft = { id, title: "Bench", candidates, partitions };
  await createAndStore(engine, draft, Date.now());
  return openElection(engine, draft.id, Date.now());
}

/**
 * Closes, recounts and certifies the bench's election while a tally still runs. A bench whose votes
 * do not recount measures nothing, and a certified election costs later tallies nothing.
 *
 * @throws VoteError `recount-mismatch`
 */
export async function certifyScratchElection(
  engine: Pick<Engine, "log" | "ledger" | "registry" | "keys" | "clocks">,
  id: string,
  watch = noWatch,
): Promise<void> {
  const { registry, ledger, log, keys } = engine;
  const closing = () => closeElection(engine, id);
  const election = await watchSeconds(watch, "Closing", undefined, closing);
  await waitForSeals({ election, ledger, log, timeoutMs: 60_000 });
  watch.begin("Recounting", election.partitions, "partitions");
  const onPartition = (ballots: number) => watch.done(1, ballots);
  const sources = { registry, ledger, log };
  const report = await recountElection({ election: id, ...sources, from: "log", onPartition });
  watch.end();
  await certify({ report, registry, keys, now: Date.now() });
}
