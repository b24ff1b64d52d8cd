import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type ExportManifest,
  parseManifest,
  type RecordFileFacts,
} from "../contracts/audit/export-manifest.js";
import {
  decodeCertificate,
  decodeChange,
  decodeElection,
} from "../contracts/http/registry-records.js";
import type { VoteError } from "../core/errors.js";
import type { LedgerReader } from "../ledger/port.js";
import type { FrameRecord, LogReader } from "../log/port.js";
import type { RegistryReader } from "../registry/port.js";
import { manifestFile, type PartKind, partitionFile, registryFiles } from "./layout.js";
import { damagedFile, digestOf, recordsOf } from "./record-file.js";

/** The stores of an election as its export holds them. */
export interface ExportedEvidence {
  readonly election: string;
  readonly ledger: LedgerReader;
  readonly log: LogReader;
  readonly registry: RegistryReader;
  /**
   * Compares each file with the manifest.
   *
   * @returns the first that is not as it was written: perhaps in bytes that no recount reads
   */
  damage(): Promise<VoteError | undefined>;
}

/** @throws VoteError `corrupt-export` for a directory without a whole manifest */
export async function openExport(directory: string): Promise<ExportedEvidence> {
  const text = await readFile(join(directory, manifestFile), "utf8").catch(() => {
    throw damagedFile(
      join(directory, manifestFile),
      "it is missing, so the export is not finished",
    );
  });
  const manifest = parseManifest(text, directory);
  return {
    election: manifest.election,
    ledger: exportedLedger(directory, manifest),
    log: exportedLog(directory, manifest),
    registry: exportedRegistry(directory, manifest),
    async damage() {
      const parts = manifest.partitions.flatMap(({ segments, frames }) => [segments, frames]);
      for (const { name, bytes, sha256 } of [...manifest.registry, ...parts]) {
        const path = join(directory, name);
        const found = await digestOf(path).catch(() => undefined);
        if (found === undefined) return damagedFile(path, "it is missing");
        const what = `it has ${found.bytes} bytes instead of ${bytes}`;
        if (found.bytes !== bytes) return damagedFile(path, what);
        if (found.sha256 !== sha256) return damagedFile(path, "its SHA-256 is not the manifest's");
      }
      return undefined;
    },
  };
}

function factsFor(
  { partitions }: ExportManifest,
  kind: PartKind,
  partition: number,
): RecordFileFacts | undefined {
  return partitions.find((one) => one.partition === partition)?.[kind];
}

function exportedLedger(directory: string, manifest: ExportManifest): LedgerReader {
  const pathOf = (partition: number) => join(directory, partitionFile("segments", partition));
  async function* read(_election: string, partition: number, from: number) {
    if (factsFor(manifest, "segments", partition) === undefined) return;
    for await (const { number, bytes } of recordsOf(pathOf(partition))) {
      if (number >= from) yield bytes;
    }
  }
  return {
    read,
    async get({ election, partition, sequence }) {
      for await (const bytes of read(election, partition, sequence)) return bytes;
      return undefined;
    },
    async last(_election, partition) {
      const facts = factsFor(manifest, "segments", partition);
      if (facts === undefined || facts.records === 0) return undefined;
      for await (const { bytes } of recordsOf(pathOf(partition), facts.lastAt)) return bytes;
      return undefined;
    },
    partitions: async () =>
      manifest.partitions
        .filter(({ segments }) => segments.records > 0)
        .map(({ partition }) => partition),
  };
}

function exportedLog(directory: string, manifest: ExportManifest): LogReader {
  /** Where reading may go on, by partition and position: readers go from one end to the other. */
  const places = new Map<string, number>();
  return {
    end: async (_election, partition) => factsFor(manifest, "frames", partition)?.end ?? 0,
    async read(_election, partition, fromPosition, maxBytes) {
      const facts = factsFor(manifest, "frames", partition);
      if (facts === undefined || fromPosition >= facts.end) return [];
      const records: FrameRecord[] = [];
      const at = places.get(`${partition}/${fromPosition}`) ?? 0;
      const path = join(directory, partitionFile("frames", partition));
      let size = 0;
      for await (const { number, bytes, next } of recordsOf(path, at)) {
        if (number < fromPosition) continue;
        records.push({ position: number, bytes });
        size += bytes.length;
        if (size < maxBytes) continue;
        places.set(`${partition}/${number + 1}`, next);
        break;
      }
      return records;
    },
  };
}

function exportedRegistry(directory: string, manifest: ExportManifest): RegistryReader {
  const id = manifest.election;
  const has = (name: string) => manifest.registry.some((file) => file.name === name);
  const text = (name: string) =>
    readFile(join(directory, name), "utf8").catch(() => {
      throw damagedFile(join(directory, name), "it cannot be read");
    });
  const get = async () => decodeElection(await text(registryFiles.record), id);
  const trail = async () =>
    (await text(registryFiles.trail))
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => decodeChange(line, id));
  return {
    get,
    trail,
    list: async () => [await get()],
    history: async () => ({ record: await get(), changes: await trail() }),
    getCertificate: async () =>
      has(registryFiles.certificate)
        ? decodeCertificate(await text(registryFiles.certificate), id)
        : undefined,
  };
}
