import { mkdir, open, rename, stat, truncate } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ExportManifest, RecordFileFacts } from "../contracts/audit/export-manifest.js";
import { VoteError } from "../core/errors.js";
import { canonicalJson } from "../core/formats/canonical-json.js";
import type { LedgerReader } from "../ledger/port.js";
import type { LogReader } from "../log/port.js";
import type { RegistryReader } from "../registry/port.js";
import { programVersion } from "../telemetry/program.js";
import { endedElection } from "./ended-election.js";
import { manifestFile, type PartKind, partitionFile, registryFiles } from "./layout.js";
import { digestOf, factsOf, framed, type NumberedRecord, recordsOf } from "./record-file.js";
import { requireUnwritten, unfinished, writeWhole } from "./written-directory.js";

interface ExportOptions {
  readonly election: string;
  readonly ledger: LedgerReader;
  readonly log: LogReader;
  readonly registry: RegistryReader;
  /** Made if it is missing. What an interrupted export left in it is kept. */
  readonly directory: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly onFile?: (file: RecordFileFacts) => void;
}

const readBytes = 4 * 1_024 * 1_024;

/**
 * Writes an election that has ended as plain files: frames and segments byte for byte as they are
 * stored, the registry's record, trail and certificate, and last a manifest. An export that was
 * interrupted goes on after its last whole record. Memory holds a few records at a time.
 *
 * @throws VoteError `unknown-election`, `election-not-closed`, `corrupt-registry`; `invalid-usage`
 *   for a directory that holds a finished export; or that a store cannot be read
 */
export async function exportElection(options: ExportOptions): Promise<ExportManifest> {
  const { election: id, registry, ledger, directory, now, onFile } = options;
  await requireUnwritten(directory, manifestFile, "a finished export");
  const election = await endedElection(registry, id, "exported");
  const own = Array.from({ length: election.partitions }, (_, partition) => partition);
  const all = [...new Set([...own, ...(await ledger.partitions(id))])];
  const partitions: { partition: number; segments: RecordFileFacts; frames: RecordFileFacts }[] =
    [];
  for (const partition of all) {
    // The segments first: the log then holds all that they were made from.
    const segments = await exportPart(options, "segments", partition);
    const frames = await exportPart(options, "frames", partition);
    onFile?.(segments);
    onFile?.(frames);
    partitions.push({ partition, segments, frames });
  }
  const manifest: ExportManifest = {
    export: 1,
    election: id,
    exportedAt: now,
    exportedBy: programVersion(),
    registry: await exportRegistry(options),
    partitions,
  };
  await writeWhole(join(directory, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

async function exportPart(
  { directory, ...stores }: ExportOptions,
  kind: PartKind,
  partition: number,
): Promise<RecordFileFacts> {
  const name = partitionFile(kind, partition);
  const path = join(directory, name);
  if (!(await isThere(path))) {
    await mkdir(dirname(path), { recursive: true });
    const from = await wholeRecords(path + unfinished);
    await appendAll(path + unfinished, sourceOf(stores, kind, partition, from));
    await rename(path + unfinished, path);
  }
  return factsOf(path, name);
}

/** Cuts off a record that was not written to its end. @returns the number to go on with */
async function wholeRecords(path: string): Promise<number> {
  if (!(await isThere(path))) return 0;
  let [number, end] = [0, 0];
  try {
    for await (const record of recordsOf(path)) {
      number = record.number + 1;
      end = record.next;
    }
  } catch (error) {
    if (!(error instanceof VoteError && error.code === "corrupt-export")) throw error;
    await truncate(path, end);
  }
  return number;
}

async function* sourceOf(
  { election, ledger, log }: Pick<ExportOptions, "election" | "ledger" | "log">,
  kind: PartKind,
  partition: number,
  from: number,
): AsyncGenerator<NumberedRecord> {
  let number = from;
  if (kind === "segments") {
    for await (const bytes of ledger.read(election, partition, from)) {
      yield { number: number++, bytes: Buffer.from(bytes) };
    }
    return;
  }
  for (;;) {
    const records = await log.read(election, partition, number, readBytes);
    if (records.length === 0) return;
    for (const { position, bytes } of records) {
      yield { number: position, bytes: Buffer.from(bytes) };
      number = position + 1;
    }
  }
}

async function appendAll(path: string, records: AsyncIterable<NumberedRecord>): Promise<void> {
  const file = await open(path, "a");
  try {
    for await (const record of records) await file.appendFile(framed(record));
    await file.sync();
  } finally {
    await file.close();
  }
}

async function exportRegistry({ election: id, registry, directory }: ExportOptions) {
  const { record, changes } = await registry.history(id);
  const certificate = await registry.getCertificate(id);
  const contents: [name: string, content: string][] = [
    [registryFiles.record, JSON.stringify(record)],
    [registryFiles.trail, changes.map((change) => `${JSON.stringify(change)}\n`).join("")],
  ];
  if (certificate !== undefined) {
    contents.push([registryFiles.certificate, canonicalJson(certificate)]);
  }
  return Promise.all(
    contents.map(async ([name, content]) => {
      await writeWhole(join(directory, name), content);
      return { name, ...(await digestOf(join(directory, name))) };
    }),
  );
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
