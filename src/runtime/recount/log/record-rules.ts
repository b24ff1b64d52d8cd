import type { Election } from "../../core/election.js";
import { instanceOf } from "../../core/formats/definition.js";
import { closeFrame, type Frame } from "../../core/formats/frame.js";
import type { RefusalReason } from "../../core/formats/refusal.js";
import { voidStatement } from "../../core/formats/void-statement.js";
import type { ElectionChange } from "../../core/trail.js";
import { isFrameSignedBy } from "../../keys/frame-signature.js";
import { isSignedBy, type SignatureCheck } from "../../keys/signing.js";

/** A record of the log as it was read; without a frame if none can be read. */
export interface ReadRecord {
  readonly position: number;
  /** Its identity in the log digest. */
  readonly hash: Buffer;
  readonly frame: Frame | undefined;
}

/**
 * The rules by which records of one partition are passed over, as they stood at each revision of
 * the election: a key counts from the change that added it, and so does a record's voiding.
 */
export class RecordRules {
  readonly #election: Election;
  readonly #partition: number;
  readonly #changes: readonly ElectionChange[];
  readonly #isSigned: SignatureCheck;

  /** @param changes the election's trail */
  constructor(
    election: Election,
    partition: number,
    changes: readonly ElectionChange[],
    isSigned: SignatureCheck = isSignedBy,
  ) {
    this.#isSigned = isSigned;
    this.#election = election;
    this.#partition = partition;
    this.#changes = changes;
  }

  /**
   * Why a record is passed over, by the election's state at a revision, or now; "damaged" for one
   * that nobody may pass over, undefined for a frame to decide.
   */
  async objectionTo(
    record: ReadRecord,
    revision: number | undefined,
  ): Promise<RefusalReason | "damaged" | undefined> {
    const state = this.#at(revision);
    const { frame } = record;
    const objection = frame === undefined ? "damaged" : await this.#objection(frame, state);
    if (objection === undefined) return undefined;
    return (await this.#isVoid(record, state)) ? "voided" : objection;
  }

  #at(revision: number | undefined): Election {
    const change = this.#changes.find(({ election }) => election.revision === revision);
    return change?.election ?? this.#election;
  }

  async #objection(frame: Frame, { signers }: Election): Promise<RefusalReason | undefined> {
    const { id } = this.#election;
    if (frame.election !== id) return "wrong-election";
    if (frame.partition !== this.#partition) return "wrong-partition";
    if (!instanceOf(this.#election).equals(frame.instance)) return "wrong-instance";
    const keyId = Buffer.from(frame.keyId).toString("hex");
    const keys = signers.filter((signer) => signer.id === keyId);
    if (keys.length === 0) return "unknown-key";
    const use = frame.kind === closeFrame ? "admin" : "frames";
    const key = keys.find((signer) => signer.use === use);
    if (key === undefined) return "wrong-key-use";
    return (await isFrameSignedBy(frame, key.publicKey, this.#isSigned))
      ? undefined
      : "bad-signature";
  }

  async #isVoid({ position, hash }: ReadRecord, state: Election): Promise<boolean> {
    const digits = hash.toString("hex");
    for (const entry of state.voided) {
      const { partition, position: at } = entry;
      if (partition !== this.#partition || at !== position || entry.hash !== digits) continue;
      const statement = voidStatement(this.#election, entry);
      const signature = Buffer.from(entry.signature, "base64url");
      for (const { id, use, publicKey } of state.signers) {
        if (id !== entry.keyId || use !== "admin") continue;
        if (await this.#isSigned(publicKey, statement, signature)) return true;
      }
    }
    return false;
  }
}
