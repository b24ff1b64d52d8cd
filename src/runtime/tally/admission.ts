import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { instanceOf } from "../core/formats/definition.js";
import { closeFrame, type Frame, openFrame } from "../core/formats/frame.js";
import { hashOfBytes, hashOfFrame } from "../core/formats/log-digest.js";
import { type RefusalReason, type RefusedRecord, whyMisplaced } from "../core/formats/refusal.js";
import { voidStatement } from "../core/formats/void-statement.js";
import { keyUses, signerOf } from "../core/signers.js";
import { voidedAt } from "../core/voided.js";
import { isFrameSignedBy } from "../keys/frame-signature.js";
import { isSignedBy, type SignatureCheck } from "../keys/signing.js";
import type { FrameRecord } from "../log/port.js";

/** A frame to decide. */
export interface AdmittedRecord {
  readonly position: number;
  /** Its identity in the log digest. */
  readonly hash: Buffer;
  readonly frame: Frame;
}

/** What has become of a batch of records, in log order. */
export interface Admission {
  /** Up to the damage, if there is any. */
  readonly records: readonly (AdmittedRecord | RefusedRecord)[];
  /** The first record that cannot be read and is not void. */
  readonly damage: unknown;
  /** The election's revision by which all of this was decided. */
  readonly revision: number;
}

interface OpenedRecord {
  readonly position: number;
  readonly hash: Buffer;
  /** Undefined if the record cannot be read. */
  readonly frame: Frame | undefined;
  readonly damage: unknown;
}

/** Why a record is not decided: it was never ours, or nobody can say what it was. */
type Objection = RefusalReason | "damaged";

/**
 * Says which records of a partition are frames that this system has taken: readable, of this place,
 * and signed by a key that the election trusts for this use.
 */
export class Gatekeeper {
  readonly #partition: number;
  readonly #instance: Buffer;
  readonly #reread: () => Promise<Election>;
  #election: Election;

  readonly #isSigned: SignatureCheck;

  /** @param reread reads the election's record again */
  constructor(
    election: Election,
    partition: number,
    reread: () => Promise<Election>,
    isSigned: SignatureCheck = isSignedBy,
  ) {
    this.#isSigned = isSigned;
    this.#election = election;
    this.#partition = partition;
    this.#instance = instanceOf(election);
    this.#reread = reread;
  }

  /**
   * Judges a batch by one revision of the election. Nothing is refused, and no damage reported, by
   * a record of the election that was not read just now: a key may have been trusted meanwhile.
   */
  async admit(records: readonly FrameRecord[]): Promise<Admission> {
    const opened = records.map((record) => this.#open(record));
    let objections = await this.#objections(opened);
    if (objections.some((objection) => objection !== undefined)) {
      const newest = await this.#reread();
      const changed = newest.revision !== this.#election.revision;
      this.#election = newest;
      if (changed) objections = await this.#objections(opened);
    }
    const damagedAt = objections.indexOf("damaged");
    const readable = damagedAt === -1 ? opened : opened.slice(0, damagedAt);
    return {
      records: readable.flatMap(
        ({ position, hash, frame }, index): (AdmittedRecord | RefusedRecord)[] => {
          const reason = objections[index];
          if (reason !== undefined && reason !== "damaged") return [{ position, reason, hash }];
          return frame === undefined ? [] : [{ position, hash, frame }];
        },
      ),
      damage: opened[damagedAt]?.damage,
      revision: this.#election.revision,
    };
  }

  #open({ position, bytes }: FrameRecord): OpenedRecord {
    const { id } = this.#election;
    const place = `election ${id}, partition ${this.#partition}, position ${position}`;
    try {
      const frame = openFrame(bytes, place);
      return { position, hash: hashOfFrame(frame), frame, damage: undefined };
    } catch (damage) {
      if (!(damage instanceof VoteError)) throw damage;
      return { position, hash: hashOfBytes(bytes), frame: undefined, damage };
    }
  }

  /** All signatures are verified side by side, off the main thread. */
  #objections(opened: readonly OpenedRecord[]): Promise<(Objection | undefined)[]> {
    return Promise.all(
      opened.map(async (record) => {
        const objection = record.frame === undefined ? "damaged" : await this.#judge(record.frame);
        if (objection === undefined) return undefined;
        return (await this.#isVoid(record)) ? "voided" : objection;
      }),
    );
  }

  async #judge(frame: Frame): Promise<RefusalReason | undefined> {
    const { id, signers } = this.#election;
    const home = { election: id, partition: this.#partition, instance: this.#instance };
    const misplaced = whyMisplaced(frame, home);
    if (misplaced !== undefined) return misplaced;
    const keyId = Buffer.from(frame.keyId).toString("hex");
    const use = frame.kind === closeFrame ? "admin" : "frames";
    const signer = signerOf(signers, keyId, use);
    if (signer === undefined) {
      const isKnown = keyUses.some((other) => signerOf(signers, keyId, other) !== undefined);
      return isKnown ? "wrong-key-use" : "unknown-key";
    }
    return (await isFrameSignedBy(frame, signer.publicKey, this.#isSigned))
      ? undefined
      : "bad-signature";
  }

  async #isVoid({ position, hash }: OpenedRecord): Promise<boolean> {
    const election = this.#election;
    const entry = voidedAt(election, this.#partition, position, hash);
    if (entry === undefined) return false;
    const signer = signerOf(election.signers, entry.keyId, "admin");
    const signature = Buffer.from(entry.signature, "base64url");
    const statement = voidStatement(election, entry);
    return signer !== undefined && this.#isSigned(signer.publicKey, statement, signature);
  }
}
