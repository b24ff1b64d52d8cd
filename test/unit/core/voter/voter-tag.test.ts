import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HmacSha256, messageSlack } from "../../../../src/runtime/core/voter/hmac-sha256.js";
import { createVoterTagger } from "../../../../src/runtime/core/voter/voter-tag.js";

function hmacHex(key: Uint8Array, message: Uint8Array): string {
  const room = new Uint8Array(message.length + messageSlack).fill(0xa5);
  room.set(message);
  const words = new HmacSha256(key).digest(room, message.length);
  return Array.from(words, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

const repeat = (byte: number, times: number) => Buffer.alloc(times, byte);

describe("HMAC-SHA-256", () => {
  it.each([
    {
      name: "RFC 4231 test case 1",
      key: repeat(0x0b, 20),
      message: Buffer.from("Hi There"),
      digest: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    },
    {
      name: "RFC 4231 test case 2",
      key: Buffer.from("Jefe"),
      message: Buffer.from("what do ya want for nothing?"),
      digest: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    },
    {
      name: "RFC 4231 test case 3",
      key: repeat(0xaa, 20),
      message: repeat(0xdd, 50),
      digest: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
    },
    {
      name: "RFC 4231 test case 4",
      key: Buffer.from("0102030405060708090a0b0c0d0e0f10111213141516171819", "hex"),
      message: repeat(0xcd, 50),
      digest: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    },
    {
      name: "RFC 4231 test case 6, a key longer than a block",
      key: repeat(0xaa, 131),
      message: Buffer.from("Test Using Larger Than Block-Size Key - Hash Key First"),
      digest: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    },
    {
      name: "RFC 4231 test case 7, key and message longer than a block",
      key: repeat(0xaa, 131),
      message: Buffer.from(
        "This is a test using a larger than block-size key and a larger than block-size data. " +
          "The key needs to be hashed before being used by the HMAC algorithm.",
      ),
      digest: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    },
  ])("$name", ({ key, message, digest }) => {
    expect(hmacHex(key, message)).toBe(digest);
  });

  it("agrees with node:crypto for every length over several blocks", () => {
    for (let length = 0; length <= 260; length++) {
      const message = Uint8Array.from({ length }, (_, n) => n * 7);
      const key = repeat(length, 32);
      expect(hmacHex(key, message)).toBe(createHmac("sha256", key).update(message).digest("hex"));
    }
  });

  it("agrees with node:crypto for any key and message", () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(bytes, bytes, (key, message) => {
        const expected = createHmac("sha256", key).update(message).digest("hex");
        expect(hmacHex(key, message)).toBe(expected);
      }),
    );
  });
});

describe("a voter tagger", () => {
  const electionKey = Buffer.from("vote test election key, 32 bytes");
  const expectedTag = (voterId: string) =>
    createHmac("sha256", electionKey).update(voterId, "utf8").digest().subarray(0, 16);

  it("writes the first 16 bytes of the HMAC of any voter id, one after the other", () => {
    const tagger = createVoterTagger(electionKey);
    const target = Buffer.alloc(40);
    const voterId = fc.oneof(
      fc.string({ unit: "grapheme-ascii", maxLength: 256 }),
      fc.string({ unit: "binary", maxLength: 256 }),
    );
    fc.assert(
      fc.property(voterId, fc.nat(24), (id, at) => {
        target.fill(0xee);
        tagger.write(id, target, at);
        expect(target.subarray(at, at + 16)).toEqual(expectedTag(id));
        expect(target.subarray(0, at).every((byte) => byte === 0xee)).toBe(true);
        expect(target.subarray(at + 16).every((byte) => byte === 0xee)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("takes ids of any length, long ones first or last", () => {
    const tagger = createVoterTagger(electionKey);
    const target = Buffer.alloc(16);
    const lengths = [0, 1, 55, 56, 63, 64, 119, 120, 256, 329, 330, 5_000, 0, 55];
    for (const id of lengths.flatMap((n) => ["a".repeat(n), "ü".repeat(n), "選".repeat(n)])) {
      tagger.write(id, target, 0);
      expect(target).toEqual(expectedTag(id));
    }
  });

  it("writes many at once as it writes each, whatever their lengths and their number", () => {
    const tagger = createVoterTagger(electionKey);
    const voterId = fc.oneof(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.string({ unit: "grapheme-ascii", minLength: 50, maxLength: 60 }),
      fc.string({ unit: "binary", minLength: 100, maxLength: 256 }),
    );
    fc.assert(
      fc.property(fc.array(voterId, { maxLength: 40 }), fc.nat(7), (ids, gap) => {
        const texts = ids.map((id) => Buffer.from(id));
        const bytes = Buffer.concat(texts.flatMap((text) => [text, Buffer.alloc(gap, "-")]));
        const starts = new Int32Array(ids.length);
        const ends = new Int32Array(ids.length);
        for (const [index, text] of texts.entries()) {
          starts[index] = index === 0 ? 0 : ends[index - 1] + gap;
          ends[index] = starts[index] + text.length;
        }
        const target = new Int32Array(4 * ids.length);
        tagger.writeMany({ bytes, starts, ends, count: ids.length }, target);
        expect(Buffer.from(target.buffer)).toEqual(Buffer.concat(ids.map(expectedTag)));
      }),
      { numRuns: 500 },
    );
  });

  it("keeps taggers of different elections apart, interleaved", () => {
    const one = createVoterTagger(electionKey);
    const other = createVoterTagger(Buffer.alloc(32, 9));
    const tags = Buffer.alloc(32);
    one.write("voter-1", tags, 0);
    other.write("voter-1", tags, 16);
    expect(tags.subarray(0, 16)).toEqual(expectedTag("voter-1"));
    expect(tags.subarray(16)).not.toEqual(expectedTag("voter-1"));
  });
});
