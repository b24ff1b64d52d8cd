import { describe, expect, it } from "vitest";
import { decodeCheckpoint, encodeCheckpoint } from "../../../src/runtime/core/tlog/checkpoint.js";
import { decodeNote, encodeNote, encodeVerifierKey } from "../../../src/runtime/core/tlog/note.js";
import { openNote, signNote } from "../../../src/runtime/keys/note-signature.js";
import { drawSigningKey } from "../../../src/runtime/keys/signing.js";

/** The example of c2sp.org/signed-note, and the one of golang.org/x/mod/sumdb/note. */
const published = [
  {
    key: "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    note:
      "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi" +
      "2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n",
  },
  {
    key: "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    note:
      "If you think cryptography is the answer to your problem,\n" +
      "then you don't know what your problem is.\n\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBt" +
      "iFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
  },
].map(({ key, note }) => {
  const [name, , encoded] = key.split("+");
  const raw = Buffer.from(encoded, "base64").subarray(1);
  return { key, note, parsed: { name, publicKey: raw.toString("base64url") } };
});

/** The example of c2sp.org/tlog-checkpoint. */
const checkpointText =
  "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
const checkpointNote =
  `${checkpointText}\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDe` +
  "OoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";

describe("a signed note", () => {
  it("is opened by the published keys, and read and written byte for byte", async () => {
    for (const { key, note, parsed } of published) {
      expect(encodeVerifierKey(parsed)).toBe(key);
      expect(await openNote(note, [parsed], "it")).toBe(note.slice(0, note.indexOf("\n\n") + 1));
      const decoded = decodeNote(note);
      expect(decoded && encodeNote(decoded)).toBe(note);
    }
  });

  it("is opened by the key that signed it, beside signatures of keys unknown", async () => {
    const key = drawSigningKey();
    const known = { name: "log.example/1", publicKey: key.publicKey };
    const signed = await signNote("one\n\ntwo\n", known.name, key);
    const witness = await signNote("one\n\ntwo\n", "witness.example", drawSigningKey());
    const both = signed + witness.slice("one\n\ntwo\n\n".length);
    expect(await openNote(both, [known], "it")).toBe("one\n\ntwo\n");
  });

  it("is refused with its place when text, signature, name or key is another", async () => {
    const [{ note, parsed }] = published;
    const other = { name: parsed.name, publicKey: drawSigningKey().publicKey };
    const refusals: [string, typeof parsed, string][] = [
      [note.replace("This", "That"), parsed, "has a signature by example.com/foo that does not"],
      [note.replace("eyaQM", "eyaQI"), parsed, "has a signature by example.com/foo that does not"],
      [note, other, "is not signed by a key"],
      [note, { ...parsed, name: "example.com/fo" }, "is not signed by a key"],
      [note.slice(0, -1), parsed, "is no signed note"],
      [note.replace("\n\n", "\n"), parsed, "is no signed note"],
      [note.replace("This", "This\t"), parsed, "is no signed note"],
      [note.replace("com/foo Uw", "com/f+o Uw"), parsed, "is no signed note"],
      [note.replace("— ", "- "), parsed, "is no signed note"],
      ["", parsed, "is no signed note"],
    ];
    for (const [source, key, message] of refusals) {
      await expect(openNote(source, [key], "tlog/checkpoint")).rejects.toMatchObject({
        code: "corrupt-tlog",
        message: expect.stringContaining(`tlog/checkpoint ${message}`),
      });
    }
  });
});

describe("a checkpoint", () => {
  it("is the specification's example, read and written byte for byte", () => {
    const text = decodeNote(checkpointNote)?.text ?? "";
    const checkpoint = decodeCheckpoint(text);
    expect(checkpoint).toMatchObject({ origin: "example.com/behind-the-sofa", size: 20_852_163 });
    expect(checkpoint && encodeCheckpoint(checkpoint)).toBe(checkpointText);
  });

  it("may have further lines, and is not read from any other text", () => {
    expect(decodeCheckpoint(`${checkpointText}more\n`)?.size).toBe(20_852_163);
    const [origin, size, root] = checkpointText.split("\n");
    const others = [
      "",
      `${origin}\n${size}\n`,
      `\n${size}\n${root}\n`,
      `${origin}\n0${size}\n${root}\n`,
      `${origin}\n-1\n${root}\n`,
      `${origin}\n${size}000000000000\n${root}\n`,
      `${origin}\n${size}\n${root.slice(4)}\n`,
      `${origin}\n${size}\n${root.slice(0, -1)}\n`,
      `${origin}\n${size}\n${root}`,
      `${checkpointText}\n`,
    ];
    for (const text of others) expect(decodeCheckpoint(text)).toBeUndefined();
  });
});
