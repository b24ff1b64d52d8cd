import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { PublishedLogHead } from "../../contracts/audit/published-log.js";
import type { Election } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import { ballotBytes } from "../../core/formats/ballot.js";
import { canonicalJson } from "../../core/formats/canonical-json.js";
import type { Certificate } from "../../core/formats/certificate.js";
import { decodeSegment, firstPreviousHash } from "../../core/formats/segment.js";
import { encodeCheckpoint, originOf } from "../../core/tlog/checkpoint.js";
import { encodeLeaf } from "../../core/tlog/leaf.js";
import { encodeVerifierKey } from "../../core/tlog/note.js";
import { tilePath } from "../../core/tlog/tile.js";
import { type TileFile, TileWriter } from "../../core/tlog/tile-writer.js";
import { requireTrusted } from "../../core/trust.js";
import { signatureFault } from "../../keys/certificate-signature.js";
import type { KeyDirectory } from "../../keys/key-directory.js";
import { signNote } from "../../keys/note-signature.js";
import type { LedgerReader } from "../../ledger/port.js";
import type { RegistryReader } from "../../registry/port.js";
import { endedElection } from "../ended-election.js";
import { requireUnwritten, writeWhole } from "../written-directory.js";
import { publishedFiles } from "./published-files.js";

interface PublishOptions {
  readonly election: string;
  readonly ledger: LedgerReader;
  readonly registry: RegistryReader;
  /** Signs with this host's admin key, which the election has to trust. */
  readonly keys: Pick<KeyDirectory, "signingKey">;
  /** Made if it is missing. */
  readonly directory: string;
  readonly onPartition?: (partition: number, leaves: number) => void;
}

/**
 * Writes the transparency log of a certified election as static files, the checkpoint last. Its
 * leaves are what the certificate names: of each partition the chain up to the seal, whose hash it
 * has. Memory holds a segment, and one tile a level.
 *
 * @throws VoteError `unknown-election`, `election-not-closed`, `not-sealed` without a certificate,
 *   `untrusted-key`, `corrupt-registry`, `corrupt-segment`; `invalid-usage` for a directory that
 *   holds a published log; or that a store cannot be read
 */
export async function publishLog(options: PublishOptions): Promise<PublishedLogHead> {
  const { election: id, registry, keys, directory, onPartition } = options;
  await requireUnwritten(directory, publishedFiles.checkpoint, "a published log");
  const { election, certificate } = await certified(id, registry);
  const key = await keys.signingKey("admin");
  requireTrusted(election, key, "admin");
  const { instance, signers } = election;
  const writer = new TileWriter();
  const write = tileFilesIn(directory);
  for (const { partition, sequence, hash } of certificate.partitions) {
    const first = writer.size;
    const seal = { sequence, hash };
    for await (const leaf of leavesOf(options, partition, seal)) await write(writer.add(leaf));
    onPartition?.(partition, writer.size - first);
  }
  await write(writer.partial());
  const { size, root } = writer;
  const origin = originOf(id, instance);
  const note = await signNote(encodeCheckpoint({ origin, size, root }), origin, key);
  const contents = [
    [publishedFiles.certificate, canonicalJson(certificate)],
    [publishedFiles.keys, `${JSON.stringify({ elections: [{ id, instance, keys: signers }] })}\n`],
    [publishedFiles.checkpoint, note],
  ] as const;
  for (const [name, content] of contents) await writeWhole(join(directory, name), content);
  const named = encodeVerifierKey({ name: origin, publicKey: key.publicKey });
  return { election: id, origin, size, root: root.toString("hex"), key: named };
}

async function certified(
  id: string,
  registry: RegistryReader,
): Promise<{ readonly election: Election; readonly certificate: Certificate }> {
  const election = await endedElection(registry, id, "published");
  const certificate = await registry.getCertificate(id);
  if (certificate === undefined) {
    throw new VoteError("not-sealed", `Election ${id} has no certificate yet.`, {
      hint: `Run \`vote recount --election ${id} --from log\`: what is certified is published.`,
    });
  }
  const fault = await signatureFault(certificate, election);
  if (fault === undefined) return { election, certificate };
  throw new VoteError("corrupt-registry", `The certificate of election ${id}: ${fault}.`, {
    hint: "Restore it from a backup.",
  });
}

/** The leaves of one partition, of exactly the chain that ends with the certified seal. */
async function* leavesOf(
  { election, ledger }: PublishOptions,
  partition: number,
  seal: { readonly sequence: number; readonly hash: string },
): AsyncGenerator<Buffer> {
  let previous: Uint8Array = firstPreviousHash;
  let sequence = 0;
  for await (const bytes of ledger.read(election, partition, 0)) {
    const place = `segment ${sequence} of partition ${partition} of election ${election}`;
    const segment = decodeSegment(bytes, place);
    const isLinked = Buffer.compare(segment.previousHash, previous) === 0;
    const isSeal = sequence === seal.sequence;
    if (!isLinked || (isSeal && segment.hash.toString("hex") !== seal.hash)) {
      throw new VoteError("corrupt-segment", `${place} is not the one that was certified.`, {
        hint: "`vote recount` says what has changed.",
      });
    }
    for (let index = 0; index < segment.ballotCount; index++) {
      const from = index * ballotBytes;
      const ballot = segment.ballots.subarray(from, from + ballotBytes);
      yield encodeLeaf(partition, segment.decisions[index], ballot);
    }
    if (isSeal) return;
    previous = segment.hash;
    sequence++;
  }
  const what = `Partition ${partition} of election ${election} has ${sequence} segments`;
  throw new VoteError("corrupt-segment", `${what}; segment ${seal.sequence} was certified.`, {
    hint: "`vote recount` says what has changed.",
  });
}

/** Writes tiles below the directory. */
function tileFilesIn(directory: string): (files: readonly TileFile[]) => Promise<void> {
  const made = new Set<string>();
  return async (files) => {
    for (const { place, bytes } of files) {
      const path = join(directory, tilePath(place));
      if (!made.has(dirname(path))) await mkdir(dirname(path), { recursive: true });
      made.add(dirname(path));
      await writeFile(path, bytes);
    }
  };
}
