import { hash } from "node:crypto";
import { leafHash, MerkleTree } from "../formats/merkle.js";
import { bundled, partialTiles, type TilePlace, tileOf, tileWidth } from "./tile.js";

export interface TileFile {
  readonly place: TilePlace;
  readonly bytes: Buffer;
}

const none: readonly TileFile[] = [];

/**
 * Makes the tiles of a tree whose leaves come one by one. Holds one tile a level, and one bundle of
 * entries.
 */
export class TileWriter {
  #size = 0;
  #entries: Buffer[] = [];
  /** By level: the hashes of the tile that is not full yet. */
  readonly #hashes: Buffer[][] = [];

  /** How many leaves the tree has. */
  get size(): number {
    return this.#size;
  }

  /** Adds a leaf. @returns the tiles that it has filled */
  add(leaf: Uint8Array): readonly TileFile[] {
    this.#entries.push(bundled(leaf));
    this.#size++;
    const filled = this.#entries.length === tileWidth ? [this.#takeEntries()] : none;
    return this.#addHash(0, leafHash(leaf), filled);
  }

  /** The tiles at the end that are not full. */
  partial(): readonly TileFile[] {
    const hashes = partialTiles(this.#size).map((place) => ({
      place,
      bytes: Buffer.concat(this.#hashes[place.level]),
    }));
    return this.#entries.length > 0 ? [this.#bundle(), ...hashes] : hashes;
  }

  /** The tree's hash, 32 bytes. */
  get root(): Buffer {
    const partial = partialTiles(this.#size);
    return rootOfPartialTiles(partial.map(({ level }) => Buffer.concat(this.#hashes[level])));
  }

  #addHash(level: number, hash: Buffer, filled: readonly TileFile[]): readonly TileFile[] {
    this.#hashes[level] ??= [];
    const hashes = this.#hashes[level];
    hashes.push(hash);
    if (hashes.length < tileWidth) return filled;
    const bytes = Buffer.concat(hashes);
    const index = Math.floor((this.#size - 1) / tileWidth ** (level + 1));
    this.#hashes[level] = [];
    const files = [...filled, { place: { level, index, width: tileWidth }, bytes }];
    return this.#addHash(level + 1, new MerkleTree(bytes).root, files);
  }

  #bundle(): TileFile {
    const place = tileOf("entries", this.#size - 1, this.#size);
    return { place, bytes: Buffer.concat(this.#entries) };
  }

  #takeEntries(): TileFile {
    const bundle = this.#bundle();
    this.#entries = [];
    return bundle;
  }
}

/**
 * The hash of a tree by its partial tiles: an empty one has none.
 *
 * @param tiles their hashes, from the leaves up
 */
export function rootOfPartialTiles(tiles: readonly Buffer[]): Buffer {
  let root: Buffer | undefined;
  for (const hashes of tiles) {
    root = new MerkleTree(root === undefined ? hashes : Buffer.concat([hashes, root])).root;
  }
  return root ?? hash("sha256", "", "buffer");
}
