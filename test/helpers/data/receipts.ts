import { sign } from "node:crypto";
import type { Election } from "../../../src/runtime/core/election.js";
import type { Ballot } from "../../../src/runtime/core/formats/ballot.js";
import { addSignature, ballotTree, signedPart } from "../../../src/runtime/core/formats/frame.js";
import { receiptText } from "../../../src/runtime/core/formats/receipt.js";
import { frameOf } from "./ballots.js";
import { testKeys } from "./test-keys.js";

/** Where docs/formats.md puts a frame's Merkle root. */
const rootOffset = 128;

/** A signed frame with its Merkle root, and the receipt of each of its ballots. */
export function promisedFrame(
  election: string | Pick<Election, "id" | "instance">,
  partition: number,
  ballots: readonly Ballot[],
  producerSequence = 1,
  key = testKeys.frames,
) {
  const bytes = frameOf(election, partition, ballots, producerSequence, key);
  const tree = ballotTree(bytes, ballots.length);
  bytes.set(tree.root, rootOffset);
  addSignature(bytes, sign(null, signedPart(bytes), key.privateKey));
  return {
    bytes,
    receipt: (index: number, position = 0) => receiptText(bytes, tree, index, position),
  };
}
