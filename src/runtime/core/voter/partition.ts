/**
 * Chooses the partition of all of a voter's ballots: the voter tag's first four bytes, read as an
 * unsigned little-endian integer, modulo the partition count (docs/formats.md).
 *
 * @param tagWord the tag's first 32-bit word (signed or unsigned)
 */
export function partitionOf(tagWord: number, partitions: number): number {
  return (tagWord >>> 0) % partitions;
}
