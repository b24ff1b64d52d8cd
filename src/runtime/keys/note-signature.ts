import { VoteError } from "../core/errors.js";
import { decodeNote, encodeNote, type NoteKey, noteKeyId } from "../core/tlog/note.js";
import { isSignedBy, type SigningKey } from "./signing.js";

/** Signs a note's text, which ends with a line feed, under a name. @returns the note */
export async function signNote(text: string, name: string, key: SigningKey): Promise<string> {
  const keyId = noteKeyId({ name, publicKey: key.publicKey });
  const signature = await key.sign(Buffer.from(text));
  return encodeNote({ text, signatures: [{ name, keyId, signature }] });
}

/**
 * Reads a note that one of the keys has signed, and none of them wrongly.
 *
 * @param where the note's file, for the error
 * @returns its text
 * @throws VoteError `corrupt-tlog`
 */
export async function openNote(
  source: string,
  keys: readonly NoteKey[],
  where: string,
): Promise<string> {
  const refuse = (what: string) =>
    new VoteError("corrupt-tlog", `${where} ${what}.`, {
      hint: "Get it again from where it was published, and the election's keys from its server.",
    });
  const note = decodeNote(source);
  if (note === undefined) throw refuse("is no signed note");
  const bytes = Buffer.from(note.text);
  let signatures = 0;
  for (const key of keys) {
    const id = noteKeyId(key);
    for (const { name, keyId, signature } of note.signatures) {
      if (name !== key.name || !keyId.equals(id)) continue;
      const isValid = await isSignedBy(key.publicKey, bytes, signature);
      if (!isValid) throw refuse(`has a signature by ${name} that does not fit its text`);
      signatures++;
    }
  }
  if (signatures === 0) throw refuse("is not signed by a key that the election trusts");
  return note.text;
}
