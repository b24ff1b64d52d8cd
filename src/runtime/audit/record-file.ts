import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { RecordFileFacts } from "../contracts/audit/export-manifest.js";
import { VoteError } from "../core/errors.js";

/**
 * A file of records: before each, its number (a segment's sequence, a frame's position) as u64 and
 * its length as u32, little-endian.
 */
export interface NumberedRecord {
  readonly number: number;
  readonly bytes: Buffer;
}

const headerBytes = 12;
/** No frame and no segment is longer; a longer length is damage. */
const maxRecordBytes = 1_024 * 1_024;

/** Puts the header before a record. */
export function framed({ number, bytes }: { number: number; bytes: Uint8Array }): Buffer {
  const whole = Buffer.alloc(headerBytes + bytes.length);
  whole.writeBigUInt64LE(BigInt(number), 0);
  whole.writeUInt32LE(bytes.length, 8);
  whole.set(bytes, headerBytes);
  return whole;
}

/**
 * Reads records one after another, each with the byte at which the next one begins.
 *
 * @param at where a record begins
 * @throws VoteError `corrupt-export` with the file and the byte, where no whole record stands
 */
export async function* recordsOf(
  path: string,
  at = 0,
): AsyncGenerator<NumberedRecord & { readonly next: number }> {
  const file = await open(path, "r").catch(() => {
    throw damagedFile(path, "it cannot be read");
  });
  try {
    const buffered = new BufferedFile(file, at);
    for (let offset = at; ; ) {
      const header = await buffered.take(headerBytes);
      if (header.length === 0) return;
      const torn = () => damagedFile(path, `no whole record stands at byte ${offset}`);
      if (header.length < headerBytes) throw torn();
      const number = Number(header.readBigUInt64LE(0));
      const length = header.readUInt32LE(8);
      if (length > maxRecordBytes || !Number.isSafeInteger(number)) throw torn();
      const bytes = await buffered.take(length);
      if (bytes.length < length) throw torn();
      offset += headerBytes + length;
      yield { number, bytes, next: offset };
    }
  } finally {
    await file.close();
  }
}

const chunkBytes = 1_024 * 1_024;

/** Reads a file in large chunks and hands out small ones. */
class BufferedFile {
  readonly #file: FileHandle;
  #position: number;
  #buffer = Buffer.alloc(0);

  constructor(file: FileHandle, position: number) {
    this.#file = file;
    this.#position = position;
  }

  /** @returns a copy of the next bytes: fewer at the file's end */
  async take(length: number): Promise<Buffer> {
    while (this.#buffer.length < length) {
      const chunk = Buffer.allocUnsafe(chunkBytes);
      const { bytesRead } = await this.#file.read(chunk, 0, chunkBytes, this.#position);
      if (bytesRead === 0) break;
      this.#position += bytesRead;
      this.#buffer = Buffer.concat([this.#buffer, chunk.subarray(0, bytesRead)]);
    }
    const taken = Buffer.allocUnsafeSlow(Math.min(length, this.#buffer.length));
    this.#buffer.copy(taken);
    this.#buffer = this.#buffer.subarray(taken.length);
    return taken;
  }
}

/** Size and SHA-256 of a file, read as a stream. */
export async function digestOf(path: string): Promise<{ bytes: number; sha256: string }> {
  const sha256 = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(path)) {
    bytes += (chunk as Buffer).length;
    sha256.update(chunk as Buffer);
  }
  return { bytes, sha256: sha256.digest("hex") };
}

/** What a manifest says of a file of whole records. */
export async function factsOf(path: string, name: string): Promise<RecordFileFacts> {
  let [records, end, lastAt, next] = [0, 0, 0, 0];
  for await (const record of recordsOf(path)) {
    records++;
    end = record.number + 1;
    lastAt = next;
    next = record.next;
  }
  return { name, ...(await digestOf(path)), records, end, lastAt };
}

/** The error of a file of an export that is not as it was written. */
export function damagedFile(path: string, what: string): VoteError {
  return new VoteError("corrupt-export", `The export's file ${path} is damaged: ${what}.`, {
    hint: "Export it again, or copy it again from where it came from.",
  });
}
