/** SHA-256 as it is stored. */
export const hashBytes = 32;

/** Makes a Buffer over the same memory. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Writes an ASCII id into a field of `length` bytes, padded with zeros. */
export function writeFixedId(target: Buffer, at: number, id: string, length: number): void {
  target.fill(0, at, at + length);
  target.write(id, at, length, "latin1");
}

/** Reads what `writeFixedId` wrote. */
export function readFixedId(source: Buffer, at: number, length: number): string {
  const field = source.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString("latin1", 0, end === -1 ? length : end);
}

/** Writes a non-negative integer as 64 bits, little-endian. Exact up to 2^53. */
export function writeUint64(target: Buffer, at: number, value: number): void {
  target.writeUInt32LE(value >>> 0, at);
  target.writeUInt32LE(Math.floor(value / 0x1_0000_0000), at + 4);
}

/** Reads what `writeUint64` wrote. */
export function readUint64(source: Buffer, at: number): number {
  return source.readUInt32LE(at + 4) * 0x1_0000_0000 + source.readUInt32LE(at);
}
