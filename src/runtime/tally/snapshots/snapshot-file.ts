import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import type { FrozenTable } from "../../core/fold/dedup-table.js";
import {
  checksumBytes,
  decodeHeader,
  decodeLengths,
  encodeHead,
  headerBytes,
  type Shape,
  type SnapshotHead,
} from "./layout.js";

/** A snapshot whose head has been read. */
export interface OpenSnapshot {
  readonly head: SnapshotHead;
  /**
   * Reads the tables and verifies the whole file.
   *
   * @param alive called again and again meanwhile
   * @throws Error that says what is wrong with the file
   */
  tables(alive: () => void): Promise<FrozenTable[]>;
  close(): Promise<void>;
}

/** Bytes read or written at once; between two of these, the process does its other work. */
const stepBytes = 4 * 1_024 * 1_024;
/** Arrays in one call of the system: it takes 1,024. */
const stepArrays = 512;
/** So that the disk is not given everything at once when the file is complete. */
const flushBytes = 64 * 1_024 * 1_024;

/**
 * Writes a snapshot under another name, and gives it its own once it is on disk: whoever reads it
 * finds a complete one.
 *
 * @param pause awaited after each few megabytes; its rejection gives up
 */
export async function writeSnapshot(
  path: string,
  head: SnapshotHead,
  tables: readonly FrozenTable[],
  pause: () => Promise<void>,
): Promise<void> {
  const unfinished = `${path}.${process.pid}.unfinished`;
  try {
    const file = await open(unfinished, "w", 0o600);
    try {
      await writeAll(
        file,
        [encodeHead(head, tables), ...tables.flatMap(({ arrays }) => arrays)],
        pause,
      );
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
    const directory = await open(dirname(path), "r");
    await directory.sync().finally(() => directory.close());
  } finally {
    await rm(unfinished, { force: true });
  }
}

async function writeAll(
  file: FileHandle,
  arrays: readonly (Buffer | Int32Array)[],
  pause: () => Promise<void>,
): Promise<void> {
  let checksum = 0;
  let unflushed = 0;
  for (const step of stepsOf(arrays)) {
    for (const array of step) checksum = crc32(bytesOf(array), checksum);
    await writeWhole(file, step);
    unflushed += step.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (unflushed >= flushBytes) {
      await file.datasync();
      unflushed = 0;
    }
    await pause();
  }
  const end = Buffer.alloc(checksumBytes);
  end.writeUInt32LE(checksum);
  await writeWhole(file, [end]);
}

async function writeWhole(file: FileHandle, step: readonly (Buffer | Int32Array)[]): Promise<void> {
  const bytes = step.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const { bytesWritten } = await file.writev([...step]);
  if (bytesWritten !== bytes) throw new Error("the disk did not take all of it");
}

/** Groups arrays into steps of a few megabytes, in order. */
function* stepsOf<A extends { readonly byteLength: number }>(arrays: readonly A[]): Generator<A[]> {
  let step: A[] = [];
  let bytes = 0;
  for (const array of arrays) {
    if (array.byteLength === 0) continue;
    step.push(array);
    bytes += array.byteLength;
    if (bytes < stepBytes && step.length < stepArrays) continue;
    yield step;
    step = [];
    bytes = 0;
  }
  if (step.length > 0) yield step;
}

/**
 * Opens a snapshot and reads its head.
 *
 * @returns undefined if there is none
 * @throws Error that says why the file is none of ours
 */
export async function openSnapshot(path: string): Promise<OpenSnapshot | undefined> {
  const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    const header = await readPart(file, headerBytes);
    const { head, tables, lengthBytes } = decodeHeader(header, size);
    const lengths = await readPart(file, lengthBytes);
    const checksum = crc32(lengths, crc32(header));
    const shapes = decodeLengths(lengths, tables);
    const words = shapes.reduce((sum, { arrays }) => sum + arrays.reduce((a, b) => a + b, 0), 0);
    const expected = headerBytes + lengthBytes + words * 4 + checksumBytes;
    if (size !== expected) throw new Error(`${size} bytes, not ${expected}`);
    return {
      head,
      tables: (alive) => readTables(file, shapes, checksum, alive),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readTables(
  file: FileHandle,
  shapes: readonly Shape[],
  checksumSoFar: number,
  alive: () => void,
): Promise<FrozenTable[]> {
  // Not filled with zeros first: every byte is read from the file.
  const empty = (words: number) => new Int32Array(Buffer.allocUnsafeSlow(words * 4).buffer);
  const tables = shapes.map(({ entries, arrays }) => ({ entries, arrays: arrays.map(empty) }));
  let checksum = checksumSoFar;
  for (const step of stepsOf(tables.flatMap(({ arrays }) => arrays))) {
    const bytes = step.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const { bytesRead } = await file.readv(step);
    if (bytesRead !== bytes) throw new Error("it ends too early");
    for (const array of step) checksum = crc32(bytesOf(array), checksum);
    alive();
  }
  const end = await readPart(file, checksumBytes);
  if (end.readUInt32LE() !== checksum) throw new Error("wrong checksum");
  return tables;
}

async function readPart(file: FileHandle, bytes: number): Promise<Buffer> {
  const part = Buffer.alloc(bytes);
  const { bytesRead } = await file.read(part, 0, bytes, null);
  if (bytesRead !== bytes) throw new Error("it ends too early");
  return part;
}

function bytesOf({ buffer, byteOffset, byteLength }: Buffer | Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
