import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BackupManifest } from "../../contracts/audit/backup-manifest.js";
import { VoteError } from "../../core/errors.js";
import type { RegistryReader } from "../../registry/port.js";
import { programVersion } from "../../telemetry/program.js";
import {
  copyStore,
  existingDataDirectory,
  expectedVersion,
  makeEmptyDirectory,
  versionFile,
} from "../../wiring/data-directory.js";
import { openEvidence } from "../../wiring/evidence.js";
import { backupFile, copying, factsOf, writeAtOnce, writeNew } from "./files.js";

interface BackupOptions {
  readonly dataDir: string;
  /** New, or empty. */
  readonly directory: string;
  /** A data directory without keys gives a backup without. */
  readonly withKeys: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Hears of each store that is copied; the backup waits for it. */
  readonly onCopied?: (part: "ledger" | "log") => void | Promise<void>;
}

/** Elections change a few times in their lives. */
const maxAttempts = 5;

/**
 * Copies a data directory while others write to it. Ledger and registry are copied first, the log
 * after them: it then reaches at least as far as the ledger, and a tally decides what is behind.
 * View and snapshots come back from the ledger.
 *
 * @throws VoteError `invalid-usage` for a directory with something in it, `election-changed`,
 *   `data-directory-unusable` or `data-directory-version`
 */
export async function backUp(options: BackupOptions): Promise<BackupManifest> {
  const { dataDir, directory, withKeys, now } = options;
  const { keys } = await existingDataDirectory(dataDir);
  await makeEmptyDirectory(directory);
  const evidence = await openEvidence({ engine: "embedded", dataDir });
  const elections = await copyStores(options, evidence.registry).finally(evidence.close);
  return copying(dataDir, directory, async () => {
    await writeNew(join(directory, versionFile), expectedVersion);
    const keyFiles = withKeys ? await copyKeys(keys, directory) : [];
    const names = [versionFile, "ledger/data.mdb", "log/data.mdb", ...keyFiles];
    const manifest: BackupManifest = {
      backup: 1,
      madeAt: now,
      madeBy: programVersion(),
      secretKeys: keyFiles.length > 0,
      elections,
      files: await Promise.all(names.map((name) => factsOf(join(directory, name), name))),
    };
    const content = `${JSON.stringify(manifest, null, 2)}\n`;
    await writeAtOnce(join(directory, backupFile), content);
    return manifest;
  });
}

/** @returns the files' names in the backup; none of a directory that does not exist */
async function copyKeys(keys: string, directory: string): Promise<string[]> {
  const found = await readdir(keys).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const names = found.filter(isKey);
  if (names.length > 0) await mkdir(join(directory, "keys"), { mode: 0o700 });
  for (const name of names) {
    await writeNew(join(directory, "keys", name), await readFile(join(keys, name)));
  }
  return names.map((name) => `keys/${name}`);
}

/** What is being written has another ending. */
function isKey(name: string): boolean {
  return /\.(key|secret)$/.test(name);
}

/**
 * Copies until no election has changed meanwhile: a log whose partitions are closed beside an
 * election that is still open would turn away whoever votes after the restoration.
 */
async function copyStores(
  { dataDir, directory, onCopied }: BackupOptions,
  registry: RegistryReader,
): Promise<BackupManifest["elections"]> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const before = await electionsIn(registry);
    for (const part of ["ledger", "log"] as const) {
      await rm(join(directory, part), { recursive: true, force: true });
      await copyStore(part, dataDir, directory);
      await onCopied?.(part);
    }
    if (JSON.stringify(await electionsIn(registry)) === JSON.stringify(before)) return before;
  }
  throw new VoteError("election-changed", "Elections changed each time they were copied.", {
    hint: "Try again in a while.",
  });
}

async function electionsIn(registry: RegistryReader): Promise<BackupManifest["elections"]> {
  const all = await registry.list();
  return all.map(({ id, status, revision }) => ({ id, status, revision }));
}
