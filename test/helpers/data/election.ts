import { onTestFinished } from "vitest";
import { createElection, type Election, withStatus } from "../../../src/runtime/core/election.js";
import { decodeSegment, type Segment } from "../../../src/runtime/core/formats/segment.js";
import { hostSigners } from "../../../src/runtime/elections/host-signers.js";
import type { LedgerReader } from "../../../src/runtime/ledger/port.js";
import { type Engine, openEngine } from "../../../src/runtime/wiring/engine.js";
import { temporaryDirectory } from "../temporary.js";
import { identityOf } from "./identity.js";
import { testSigners } from "./test-keys.js";

/** Opens an engine over `dataDir` or a new directory, and closes it after the test. */
export async function openTestEngine(dataDir?: string): Promise<Engine> {
  const path = dataDir ?? (await temporaryDirectory());
  const engine = await openEngine({ engine: "embedded", dataDir: path });
  onTestFinished(() => engine.close());
  return engine;
}

/** Registers an open election with candidates c0, c1, … */
export async function openTestElection(
  engine: Engine,
  id: string,
  partitions: number,
  candidates = 3,
): Promise<Election> {
  const draft = createElection({
    id,
    title: `Election ${id}`,
    candidates: Array.from({ length: candidates }, (_, n) => ({ id: `c${n}`, name: `C ${n}` })),
    partitions,
    ...identityOf(id),
    ...(await engine.keys.createElectionKey()),
    signers: [...(await hostSigners(engine.keys, 1)), ...testSigners],
    createdAt: 1,
  });
  await engine.registry.create(draft);
  await engine.log.createTopic({ election: id, partitions });
  const open = withStatus(draft, "open", 2);
  await engine.registry.replace(open);
  return open;
}

/** Reads a partition's chain, verifying each segment on its own. */
export async function chainOf(ledger: LedgerReader, election: string, partition: number) {
  const chain: Segment[] = [];
  for await (const bytes of ledger.read(election, partition, 0)) {
    chain.push(decodeSegment(bytes, `segment ${chain.length}`));
  }
  return chain;
}
