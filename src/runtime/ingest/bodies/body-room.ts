/** The room of the shortest bodies, and the first one of a body of unknown length. */
export const leastRoomBytes = 64 * 1_024;

/** Returns the bytes of memory that a body of so many bytes is read into: a power of two. */
export function roomFor(bytes: number): number {
  return Math.max(leastRoomBytes, 2 ** Math.ceil(Math.log2(bytes)));
}
