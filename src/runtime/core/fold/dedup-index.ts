/**
 * One shard of a dedup table's index: open addressing with linear probing over pairs of words,
 * a key and an entry number. Entry number 0 marks an empty slot. Homes ascend with the keys, so
 * that growing reads the old slots and writes the new ones in order.
 */
const maxLoad = 0.9;
/** With this factor an index is 76 % full on average, and a pair moves about three times in all. */
export const growth = 1.4;

/** Finds a key's home: the word where probing for it starts. */
export function homeOf(key: number, index: Int32Array): number {
  return (((key >>> 0) * (index.length / 0x2_0000_0000)) | 0) << 1;
}

/** Allocates an index of `slots` pairs, all empty. */
export function emptyIndex(slots: number): Int32Array {
  return new Int32Array(slots * 2);
}

/** Says how many keys an index takes before it must grow. */
export function roomOf(index: Int32Array): number {
  return Math.floor((index.length / 2) * maxLoad);
}

/** Inserts a key that the index does not hold yet. */
export function place(index: Int32Array, key: number, entry: number): void {
  let slot = homeOf(key, index);
  while (index[slot + 1] !== 0) {
    slot += 2;
    if (slot === index.length) slot = 0;
  }
  index[slot] = key;
  index[slot + 1] = entry;
}

/** Copies an index into a larger one: `place` for each pair, with its constants hoisted. */
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
