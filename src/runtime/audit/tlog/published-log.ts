import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeCertificate } from "../../contracts/http/registry-records.js";
import { parseVoteKeys, type VoteKeys } from "../../contracts/http/vote-keys.js";
import { VoteError } from "../../core/errors.js";
import { hashBytes } from "../../core/formats/bytes.js";
import type { Certificate } from "../../core/formats/certificate.js";
import { leafHash, MerkleTree } from "../../core/formats/merkle.js";
import { type Checkpoint, decodeCheckpoint, originOf } from "../../core/tlog/checkpoint.js";
import { type LeafRange, rangeHash } from "../../core/tlog/proof.js";
import { entriesOf, partialTiles, tileOf, tilePath, tileWidth } from "../../core/tlog/tile.js";
import { rootOfPartialTiles } from "../../core/tlog/tile-writer.js";
import { signatureFault } from "../../keys/certificate-signature.js";
import { openNote } from "../../keys/note-signature.js";
import { publishedFiles } from "./published-files.js";

type ElectionKeys = VoteKeys["elections"][number];

/** The keys that were published with a log. @throws VoteError `corrupt-tlog`, `invalid-usage` */
export async function publishedKeys(directory: string): Promise<VoteKeys> {
  const file = publishedFiles.keys;
  return parseVoteKeys((await fileIn(directory, file)).toString(), join(directory, file));
}

/**
 * A published transparency log. Whatever it gives out has been verified up to the checkpoint, and
 * what does not fit is refused with its file. Memory holds a tile a level.
 */
export class PublishedLog {
  readonly checkpoint: Checkpoint;
  readonly certificate: Certificate;
  readonly #directory: string;
  /** By level: the last tile, which is not full, and the one that was read last. */
  readonly #partial: ReadonlyMap<number, Buffer>;
  readonly #full = new Map<number, { readonly index: number; readonly hashes: Buffer }>();
  #bundle: { readonly index: number; readonly entries: readonly Buffer[] } | undefined;

  private constructor(
    directory: string,
    checkpoint: Checkpoint,
    certificate: Certificate,
    partial: ReadonlyMap<number, Buffer>,
  ) {
    this.checkpoint = checkpoint;
    this.certificate = certificate;
    this.#directory = directory;
    this.#partial = partial;
  }

  /**
   * Verifies the checkpoint and the certificate by the election's keys, and the tree's hash.
   *
   * @throws VoteError `corrupt-tlog`; `corrupt-registry` for what is no certificate
   */
  static async open(directory: string, election: ElectionKeys): Promise<PublishedLog> {
    const { id, instance, keys: signers } = election;
    const name = originOf(id, instance);
    const admins = signers.filter(({ use }) => use === "admin");
    const keys = admins.map(({ publicKey }) => ({ name, publicKey }));
    const path = join(directory, publishedFiles.checkpoint);
    const note = (await fileIn(directory, publishedFiles.checkpoint)).toString();
    const checkpoint = decodeCheckpoint(await openNote(note, keys, path));
    if (checkpoint?.origin !== name) throw damaged(path, `it is no checkpoint of ${name}`);
    const text = (await fileIn(directory, publishedFiles.certificate)).toString();
    const certificate = decodeCertificate(text, id);
    const fault = await signatureFault(certificate, { signers });
    if (fault !== undefined) throw damaged(join(directory, publishedFiles.certificate), fault);
    const partial = new Map<number, Buffer>();
    for (const place of partialTiles(checkpoint.size)) {
      const bytes = await fileIn(directory, tilePath(place));
      requireWidth(join(directory, tilePath(place)), bytes, place.width);
      partial.set(place.level, bytes);
    }
    if (!rootOfPartialTiles([...partial.values()]).equals(checkpoint.root)) {
      const tiles = partialTiles(checkpoint.size).map(tilePath).join(", ");
      throw damaged(path, `its hash is not that of ${tiles || "no leaves"}`);
    }
    return new PublishedLog(directory, checkpoint, certificate, partial);
  }

  /** The leaf with this number, from 0. */
  async leaf(index: number): Promise<Buffer> {
    const bundle = Math.floor(index / tileWidth);
    if (this.#bundle?.index !== bundle) {
      this.#bundle = { index: bundle, entries: await this.#entries(bundle) };
    }
    return this.#bundle.entries[index - bundle * tileWidth];
  }

  /** The hashes of the ranges, one after the other: a proof. */
  async proof(ranges: readonly LeafRange[]): Promise<Buffer> {
    const hashes: Buffer[] = [];
    for (const range of ranges) hashes.push(await rangeHash(range, this.#read));
    return Buffer.concat(hashes);
  }

  #read = async (level: number, { from, to }: LeafRange): Promise<Buffer> => {
    const index = Math.floor(from / tileWidth);
    const start = from - index * tileWidth;
    const tile = await this.#tile(level, index);
    return tile.subarray(start * hashBytes, (start + to - from) * hashBytes);
  };

  /** A tile of hashes: a full one has the hash that the level above says. */
  async #tile(level: number, index: number): Promise<Buffer> {
    const place = tileOf(level, index * tileWidth, this.checkpoint.size);
    if (place.width < tileWidth) return this.#partial.get(level) as Buffer;
    const last = this.#full.get(level);
    if (last?.index === index) return last.hashes;
    const hashes = await fileIn(this.#directory, tilePath(place));
    const path = join(this.#directory, tilePath(place));
    requireWidth(path, hashes, tileWidth);
    const stated = await this.#read(level + 1, { from: index, to: index + 1 });
    if (!new MerkleTree(hashes).root.equals(stated)) {
      throw damaged(path, `its hashes do not lead to hash ${index} of level ${level + 1}`);
    }
    this.#full.set(level, { index, hashes });
    return hashes;
  }

  async #entries(index: number): Promise<Buffer[]> {
    const place = tileOf("entries", index * tileWidth, this.checkpoint.size);
    const path = join(this.#directory, tilePath(place));
    const entries = entriesOf(await fileIn(this.#directory, tilePath(place)));
    if (entries?.length !== place.width) throw damaged(path, `it has not ${place.width} entries`);
    const hashes = await this.#tile(0, index);
    entries.forEach((entry, at) => {
      const stated = hashes.subarray(at * hashBytes, (at + 1) * hashBytes);
      if (leafHash(entry).equals(stated)) return;
      throw damaged(path, `leaf ${index * tileWidth + at} is not the one that its hash is of`);
    });
    return entries;
  }
}

function requireWidth(path: string, hashes: Buffer, width: number): void {
  const bytes = width * hashBytes;
  if (hashes.length === bytes) return;
  throw damaged(path, `it has ${hashes.length} bytes instead of ${bytes}`);
}

async function fileIn(directory: string, name: string): Promise<Buffer> {
  const path = join(directory, name);
  return readFile(path).catch(() => {
    throw damaged(path, "it cannot be read");
  });
}

function damaged(path: string, what: string): VoteError {
  return new VoteError("corrupt-tlog", `The published log's file ${path} does not hold: ${what}.`, {
    hint: "Get it again from where it was published. If it is the same, it was changed there.",
  });
}
