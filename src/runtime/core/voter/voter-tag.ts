import { maxVoterIdBytes } from "../limits.js";
import { HmacLanes, type Messages } from "./hmac-lanes.js";
import { HmacSha256, messageSlack } from "./hmac-sha256.js";

/** Bytes of a voter tag: the first half of the HMAC (docs/formats.md). */
export const voterTagBytes = 16;

const tagWords = voterTagBytes / 4;

export interface VoterTagger {
  /**
   * Writes the voter's tag of 16 bytes into `target` at byte `at`.
   *
   * @param voterId any text, hashed in UTF-8
   */
  write(voterId: string, target: Buffer, at: number): void;
  /**
   * Writes the tags of many voters one after the other, four words each, as ballots hold them.
   *
   * @param voterIds in UTF-8
   */
  writeMany(voterIds: Messages, target: Int32Array): void;
}

/**
 * Makes the function from voter ids to voter tags for one election.
 *
 * @param electionKey the election's secret, 32 bytes
 */
export function createVoterTagger(electionKey: Uint8Array): VoterTagger {
  const hmac = new HmacSha256(electionKey);
  let many: HmacLanes | undefined;
  let message = Buffer.alloc(maxVoterIdBytes + messageSlack);

  function encode(voterId: string): number {
    const characters = voterId.length;
    // UTF-8 takes at most three bytes for each UTF-16 unit.
    const needed = characters * 3 + messageSlack;
    if (message.length < needed) message = Buffer.alloc(needed);
    for (let index = 0; index < characters; index++) {
      const code = voterId.charCodeAt(index);
      if (code > 0x7f) return message.write(voterId, 0, "utf8");
      message[index] = code;
    }
    return characters;
  }

  return {
    write(voterId, target, at) {
      const length = encode(voterId);
      const digest = hmac.digest(message, length);
      for (let word = 0; word < tagWords; word++) {
        const value = digest[word];
        const place = at + word * 4;
        target[place] = value >>> 24;
        target[place + 1] = value >>> 16;
        target[place + 2] = value >>> 8;
        target[place + 3] = value;
      }
    },
    writeMany(voterIds, target) {
      many ??= new HmacLanes(electionKey);
      many.digests(voterIds, tagWords, target);
      for (let at = 0; at < voterIds.count * tagWords; at++) target[at] = reversed(target[at]);
    },
  };
}

/** The number with its four bytes in the opposite order. */
function reversed(word: number): number {
  const swapped = ((word >>> 8) & 0x00ff_00ff) | ((word & 0x00ff_00ff) << 8);
  return (swapped >>> 16) | (swapped << 16);
}
