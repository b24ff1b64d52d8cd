/** Tiles by c2sp.org/tlog-tiles: 256 hashes of one level of a Merkle tree, or as many entries. */
export const tileWidth = 256;

/** What a tile holds: the hashes of every 256^level leaves, or the leaves themselves. */
export type TileLevel = number | "entries";

export interface TilePlace {
  readonly level: TileLevel;
  readonly index: number;
  /** How many hashes or entries it holds: 1 to 256. */
  readonly width: number;
}

/** The path of a tile below the log's prefix. */
export function tilePath({ level, index, width }: TilePlace): string {
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, "0");
  const groups = padded.match(/\d{3}/g) ?? [];
  const elements = groups.map((group, place) => (place < groups.length - 1 ? `x${group}` : group));
  const partial = width < tileWidth ? `.p/${width}` : "";
  return `tile/${level}/${elements.join("/")}${partial}`;
}

/** Counts the hashes of a level that a tree of `size` leaves has in its tiles. */
export function hashesAtLevel(level: number, size: number): number {
  return Math.floor(size / tileWidth ** level);
}

/** The tile of a level's n-th hash (or of the n-th entry) in a tree of `size` leaves. */
export function tileOf(level: TileLevel, n: number, size: number): TilePlace {
  const index = Math.floor(n / tileWidth);
  const count = level === "entries" ? size : hashesAtLevel(level, size);
  return { level, index, width: Math.min(tileWidth, count - index * tileWidth) };
}

/** The partial tiles of hashes of a tree of `size` leaves, from the leaves up. */
export function partialTiles(size: number): (TilePlace & { readonly level: number })[] {
  const tiles: (TilePlace & { readonly level: number })[] = [];
  for (let level = 0; hashesAtLevel(level, size) > 0; level++) {
    const count = hashesAtLevel(level, size);
    const width = count % tileWidth;
    if (width > 0) tiles.push({ level, index: Math.floor(count / tileWidth), width });
  }
  return tiles;
}

const lengthBytes = 2;

/** Writes an entry as it stands in a bundle: its length as u16, big-endian, before it. */
export function bundled(entry: Uint8Array): Buffer {
  const whole = Buffer.allocUnsafe(lengthBytes + entry.length);
  whole.writeUInt16BE(entry.length);
  whole.set(entry, lengthBytes);
  return whole;
}

/** Splits a bundle into its entries. @returns undefined if it does not end with a whole one */
export function entriesOf(bundle: Buffer): Buffer[] | undefined {
  const entries: Buffer[] = [];
  for (let next = 0; next < bundle.length; ) {
    if (next + lengthBytes > bundle.length) return undefined;
    const from = next + lengthBytes;
    next = from + bundle.readUInt16BE(next);
    if (next > bundle.length) return undefined;
    entries.push(bundle.subarray(from, next));
  }
  return entries;
}
