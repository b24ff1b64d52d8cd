import type { Election } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import { ballotBytes, readBallot } from "../../core/formats/ballot.js";
import { asBuffer } from "../../core/formats/bytes.js";
import { instanceOf } from "../../core/formats/definition.js";
import { closeFrame, type Frame, frameHeaderBytes, openFrame } from "../../core/formats/frame.js";
import { whyMisplaced } from "../../core/formats/refusal.js";
import { signerOf } from "../../core/signers.js";
import { isFrameSignedBy } from "../../keys/frame-signature.js";
import type { FrameRecord, Log } from "../../log/port.js";

/** A ballot that the log holds in front of the partition's close marker. */
export interface TakenBallot {
  readonly position: number;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly choice: number;
}

/** A search goes back this far from the partition's end: over 200,000 ballots. */
const maxSearchedBytes = 8 * 2 ** 20;
const maxSearchedRecords = 4_096;
const recordsAtOnce = 256;
const maxSearches = 4;

/**
 * Finds ballots that are sent again after the end, in the last records of their partition: an
 * answer that was lost is asked for within seconds. Whoever sends an invented ballot id costs a
 * bounded search, and few run at once.
 */
export class TakenBallots {
  readonly #log: Pick<Log, "read" | "end">;
  #searches = 0;

  constructor(log: Pick<Log, "read" | "end">) {
    this.#log = log;
  }

  /**
   * @param key 32 bytes: voter tag and ballot id
   * @returns undefined if none of the last ballots is this one
   * @throws VoteError `overloaded` if too many are being searched for, or `log-unavailable`
   */
  async find(
    election: Election,
    partition: number,
    key: Uint8Array,
  ): Promise<TakenBallot | undefined> {
    if (this.#searches >= maxSearches) throw tooManySearches();
    this.#searches++;
    try {
      return await this.#find(election, partition, key);
    } finally {
      this.#searches--;
    }
  }

  async #find(election: Election, partition: number, key: Uint8Array) {
    const end = await this.#log.end(election.id, partition);
    let taken: TakenBallot | undefined;
    let searchedBytes = 0;
    for (let to = end; to > 0 && end - to < maxSearchedRecords; to -= recordsAtOnce) {
      const records = await this.#read(election.id, partition, to);
      for (const { position, bytes } of records.reverse()) {
        searchedBytes += bytes.length;
        const at = placeOf(key, asBuffer(bytes));
        // Most records hold neither the ballot nor a marker: they are not even opened.
        if (at === -1 && bytes.length > frameHeaderBytes) continue;
        const frame = await openOwn(election, partition, bytes);
        if (frame?.kind === closeFrame) taken = undefined;
        else if (frame !== undefined && at !== -1) taken = ballotAt(frame, at, position);
      }
      if (searchedBytes >= maxSearchedBytes) break;
    }
    return taken;
  }

  /** Reads the records in front of position `to`, in order. */
  async #read(election: string, partition: number, to: number): Promise<FrameRecord[]> {
    const records: FrameRecord[] = [];
    for (let from = Math.max(0, to - recordsAtOnce); from < to; ) {
      const read = await this.#log.read(election, partition, from, maxSearchedBytes);
      if (read.length === 0) break;
      records.push(...read.filter(({ position }) => position < to));
      from = read[read.length - 1].position + 1;
    }
    return records;
  }
}

/** Where in a record the ballot with this key begins, or -1. */
function placeOf(key: Uint8Array, record: Buffer): number {
  let at = record.indexOf(key, frameHeaderBytes);
  while (at !== -1 && (at - frameHeaderBytes) % ballotBytes !== 0) at = record.indexOf(key, at + 1);
  return at;
}

function ballotAt({ bytes }: Frame, at: number, position: number): TakenBallot {
  const { receivedAt, choice } = readBallot(bytes, at);
  return { position, receivedAt, choice };
}

/** The record as a frame that a host of this election has signed; undefined for any other. */
async function openOwn(
  election: Election,
  partition: number,
  bytes: Uint8Array,
): Promise<Frame | undefined> {
  const { id, signers } = election;
  let frame: Frame;
  try {
    frame = openFrame(bytes, "");
  } catch {
    // The tally says where the damage is. It holds no ballot that can be answered for.
    return undefined;
  }
  const home = { election: id, partition, instance: instanceOf(election) };
  if (whyMisplaced(frame, home) !== undefined) return undefined;
  const use = frame.kind === closeFrame ? "admin" : "frames";
  const signer = signerOf(signers, Buffer.from(frame.keyId).toString("hex"), use);
  if (signer === undefined) return undefined;
  return (await isFrameSignedBy(frame, signer.publicKey)) ? frame : undefined;
}

function tooManySearches(): VoteError {
  return new VoteError("overloaded", "Too many ballots of closed elections are being looked for.", {
    hint: "Send it again later, with the same ballotId.",
  });
}
