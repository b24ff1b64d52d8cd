/**
 * One shard of a dedup table's index: open addressing with linear probing over pairs of words,
 * a key and an entry number; entry number 0 is an empty slot. A key's home follows the key's
 * size, so that growing reads the old slots and writes the new ones in order.
 */
const maxLoad = 0.9;
/** Slots stay used, 76 in 100 on average, and a pair moves about three times in all. */
export const growth = 1.4;

/** @returns the word where probing for the key starts */
export function homeOf(key: number, index: Int32Array): number {
  return (((key >>> 0) * (index.length / 0x2_0000_0000)) | 0) << 1;
}

export function emptyIndex(slots: number): Int32Array {
  return new Int32Array(slots * 2);
}

/** How many keys an index takes before it must grow. */
export function roomOf(index: Int32Array): number {
  return Math.floor((index.length / 2) * maxLoad);
}

/** Puts in a key that is known not to be there. */
export function place(index: Int32Array, key: number, entry: number): void {
  let slot = homeOf(key, index);
  while (index[slot + 1] !== 0) {
    slot += 2;
    if (slot === index.length) slot = 0;
  }
  index[slot] = key;
  index[slot + 1] = entry;
}

/** As `place` for each pair, but with what is the same for all of them kept out of the loop. */
export function grown(index: Int32Array): Int32Array {
  const larger = emptyIndex(Math.ceil((index.length / 2) * growth));
  const end = larger.length;
  const scale = end / 0x2_0000_0000;
  for (let from = 0; from < index.length; from += 2) {
    const entry = index[from + 1];
    if (entry === 0) continue;
    const key = index[from];
    let slot = (((key >>> 0) * scale) | 0) << 1;
    while (larger[slot + 1] !== 0) {
      slot += 2;
      if (slot === end) slot = 0;
    }
    larger[slot] = key;
    larger[slot + 1] = entry;
  }
  return larger;
}
