import { createElection, type Election, withStatus } from "../../../src/runtime/core/election.js";
import { type Ballot, ballotBytes } from "../../../src/runtime/core/formats/ballot.js";
import { hashBytes } from "../../../src/runtime/core/formats/bytes.js";
import { counted, reasonCount } from "../../../src/runtime/core/formats/decision.js";
import { definitionHash } from "../../../src/runtime/core/formats/definition.js";
import {
  firstLogDigest,
  hashOfRecord,
  nextLogDigest,
} from "../../../src/runtime/core/formats/log-digest.js";
import {
  encodeSegment,
  firstPreviousHash,
  type SegmentHeader,
} from "../../../src/runtime/core/formats/segment.js";
import type { Ledger } from "../../../src/runtime/ledger/port.js";
import { closingTime, writeBallot } from "./ballots.js";
import { identityOf, instanceBytes, unbound } from "./identity.js";
import { testSigners } from "./test-keys.js";

/** A segment as a forger would write it: every field is free, `encodeChain` makes hashes fit. */
export interface DraftSegment {
  election: string;
  partition: number;
  sequence: number;
  positionFrom: number;
  positionTo: number;
  sealed: boolean;
  retriesAbsorbed: number;
  counts: number[];
  rejections: number[];
  unkept: number[];
  instance: Uint8Array;
  definitionHash: Uint8Array;
  logDigest: Uint8Array;
  lastRecordHash: Uint8Array;
  refused: SegmentHeader["refused"];
  ballots: { ballot: Ballot; decision: number }[];
}

export function electionOf(id: string, candidates: number, partitions: number): Election {
  return createElection({
    id,
    title: `Election ${id}`,
    candidates: Array.from({ length: candidates }, (_, index) => ({
      id: `candidate-${index}`,
      name: `Candidate ${index}`,
    })),
    partitions,
    ...identityOf(id),
    signers: testSigners,
    createdAt: 1,
  });
}

/**
 * Drafts with totals that fit the ballots, one log position each; the last one is sealed. They are
 * bound to the election that `electionOf` makes, and to no log.
 */
export function honestChain(
  election: string,
  partition: number,
  candidates: number,
  segments: DraftSegment["ballots"][],
  partitions = 1,
): DraftSegment[] {
  const bound = {
    ...unbound,
    instance: instanceBytes(election),
    definitionHash: definitionHash(electionOf(election, candidates, partitions)),
  };
  const counts = new Array<number>(candidates).fill(0);
  const rejections = new Array<number>(reasonCount).fill(0);
  return segments.map((ballots, sequence) => {
    for (const { ballot, decision } of ballots) {
      if (decision === counted) counts[ballot.choice]++;
      else rejections[decision - 1]++;
    }
    return {
      ...bound,
      election,
      partition,
      sequence,
      positionFrom: sequence,
      positionTo: sequence + 1,
      sealed: sequence === segments.length - 1,
      retriesAbsorbed: 0,
      counts: [...counts],
      rejections: [...rejections],
      unkept: rejections.map(() => 0),
      ballots,
    };
  });
}

/** Encodes drafts with a valid chain of hashes, whatever else they say. */
export function encodeChain(drafts: readonly DraftSegment[]): Buffer[] {
  let previousHash: Uint8Array = firstPreviousHash;
  return drafts.map((draft) => {
    const ballots = Buffer.alloc(draft.ballots.length * ballotBytes);
    draft.ballots.forEach(({ ballot }, index) => {
      writeBallot(ballots, index * ballotBytes, ballot);
    });
    const decisions = Buffer.from(draft.ballots.map(({ decision }) => decision));
    const bytes = encodeSegment({ ...draft, revision: 1, previousHash }, ballots, decisions);
    previousHash = bytes.subarray(bytes.length - hashBytes);
    return bytes;
  });
}

/** Binds drafts to the log whose records these are, from position 0 on. */
export function bindToLog(drafts: readonly DraftSegment[], records: readonly Uint8Array[]): void {
  let [digest, last] = [firstLogDigest, firstLogDigest];
  for (const draft of drafts) {
    for (const record of records.slice(draft.positionFrom, draft.positionTo)) {
      last = hashOfRecord(record);
      digest = nextLogDigest(digest, last);
    }
    Object.assign(draft, { logDigest: digest, lastRecordHash: last });
  }
}

/** Stores segments as numbers 0, 1, 2, … of a partition, whatever they claim to be. */
export async function storeChain(
  ledger: Ledger,
  election: string,
  partition: number,
  segments: readonly Uint8Array[],
): Promise<void> {
  for (const [sequence, bytes] of segments.entries()) {
    await ledger.append({ election, partition, sequence }, bytes);
  }
}

/** Opens and closes the election. */
export function closed(election: Election): Election {
  return withStatus(withStatus(election, "open", 2), "closed", closingTime);
}
