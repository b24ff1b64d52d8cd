import { type Ballot, ballotBytes, readBallot } from "../formats/ballot.js";
import { type DecisionName, decisionNames } from "../formats/decision.js";

/**
 * One decision as a leaf of the transparency log, 44 bytes, little-endian (docs/formats.md):
 *
 *   0  version, 1    1  decision    2..3  partition    4..43  the ballot
 */
export const decisionLeafBytes = 4 + ballotBytes;
const leafVersion = 1;
const at = { version: 0, decision: 1, partition: 2, ballot: 4 } as const;

export interface DecisionLeaf {
  readonly decision: DecisionName;
  readonly partition: number;
  readonly ballot: Ballot;
}

/** Writes a decision as a leaf. @param ballot its 40 bytes */
export function encodeLeaf(partition: number, decision: number, ballot: Uint8Array): Buffer {
  const leaf = Buffer.allocUnsafe(decisionLeafBytes);
  leaf[at.version] = leafVersion;
  leaf[at.decision] = decision;
  leaf.writeUInt16LE(partition, at.partition);
  leaf.set(ballot, at.ballot);
  return leaf;
}

/** Reads a leaf. @returns undefined for what is no decision in this form */
export function decodeLeaf(leaf: Buffer): DecisionLeaf | undefined {
  const decision = decisionNames[leaf[at.decision]];
  if (leaf.length !== decisionLeafBytes || leaf[at.version] !== leafVersion) return undefined;
  if (decision === undefined) return undefined;
  return {
    decision,
    partition: leaf.readUInt16LE(at.partition),
    ballot: readBallot(leaf, at.ballot),
  };
}
