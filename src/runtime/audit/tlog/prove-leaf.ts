import type { LeafProof } from "../../contracts/audit/published-log.js";
import { VoteError } from "../../core/errors.js";
import { keptRejections } from "../../core/formats/decision.js";
import { leafHash, rootOfPath } from "../../core/formats/merkle.js";
import type { Receipt } from "../../core/formats/receipt.js";
import { type DecisionLeaf, decodeLeaf } from "../../core/tlog/leaf.js";
import { inclusionRanges } from "../../core/tlog/proof.js";
import type { PublishedLog } from "./published-log.js";

/**
 * Finds the leaf of a receipt's ballot in a published log, and proves that it is in the tree. Reads
 * one partition's leaves.
 *
 * @param receipt whose signature was verified
 * @throws VoteError `corrupt-tlog` if there is none though there has to be, or one that says
 *   something else; or that a file does not hold
 */
export async function proveLeaf(receipt: Receipt, log: PublishedLog): Promise<LeafProof> {
  const { election, partition } = receipt.frame;
  const { origin, size, root } = log.checkpoint;
  const ballotId = hexOf(receipt.ballot.ballotId);
  const facts = { election, ballotId, partition, origin, size, root: root.toString("hex") };
  const { index, leaf, rejections, from, to } = await search(receipt, log);
  if (leaf === undefined || index === undefined) {
    if (isLate(receipt, log)) return { ...facts, outcome: "late" };
    if (rejections >= keptRejections) return { ...facts, outcome: "not-kept" };
    const where = `the leaves ${from} to before ${to}, which are partition ${partition}'s`;
    throw broken(`Ballot ${ballotId} has a receipt and no leaf: it is not among ${where}`);
  }
  if (leaf.ballot.choice !== receipt.ballot.choice) {
    throw broken(`Leaf ${index} has ballot ${ballotId} with another choice than its receipt`);
  }
  const path = await log.proof(inclusionRanges(index, size));
  if (!rootOfPath(leafHash(await log.leaf(index)), index, size, path)?.equals(root)) {
    throw new Error("verified tiles have given a path that leads elsewhere");
  }
  const hashes = path.toString("hex").match(/.{64}/g) ?? [];
  return { ...facts, outcome: "leaf", decision: leaf.decision, index, path: [...hashes] };
}

interface Found {
  readonly index?: number;
  readonly leaf?: DecisionLeaf;
  /** How many rejected ballots the voter has among the leaves that were read. */
  readonly rejections: number;
  /** Where the partition's leaves begin and end. */
  readonly from: number;
  readonly to: number;
}

async function search({ frame, ballot }: Receipt, log: PublishedLog): Promise<Found> {
  const { size } = log.checkpoint;
  const from = await firstOf(frame.partition, log);
  let rejections = 0;
  for (let index = from; index < size; index++) {
    const leaf = await leafAt(index, log);
    if (leaf.partition !== frame.partition) return { rejections, from, to: index };
    if (Buffer.compare(leaf.ballot.voterTag, ballot.voterTag) !== 0) continue;
    if (leaf.decision !== "counted") rejections++;
    if (Buffer.compare(leaf.ballot.ballotId, ballot.ballotId) !== 0) continue;
    return { index, leaf, rejections, from, to: index + 1 };
  }
  return { rejections, from, to: size };
}

/** Where a partition's leaves begin: they are in the order of their partitions. */
async function firstOf(partition: number, log: PublishedLog): Promise<number> {
  let [low, high] = [0, log.checkpoint.size];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await leafAt(middle, log)).partition < partition) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function leafAt(index: number, log: PublishedLog): Promise<DecisionLeaf> {
  const leaf = decodeLeaf(await log.leaf(index));
  if (leaf === undefined) throw broken(`Leaf ${index} is no decision`);
  return leaf;
}

/** Behind the close marker nothing is decided by the seal. */
function isLate({ frame, position }: Receipt, { certificate }: PublishedLog): boolean {
  const seal = certificate.partitions.find((one) => one.partition === frame.partition);
  return seal !== undefined && position >= seal.logEnd;
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function broken(what: string): VoteError {
  return new VoteError("corrupt-tlog", `${what}.`, {
    hint: "Keep the receipt and a copy of the published files: together they prove it to anybody.",
  });
}
