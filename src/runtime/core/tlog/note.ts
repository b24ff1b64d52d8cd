import { hash } from "node:crypto";

/** Notes by c2sp.org/signed-note: text with signatures below it. */

/** An Ed25519 key under the name that its signatures go by. */
export interface NoteKey {
  readonly name: string;
  /** The raw 32 bytes, base64url. */
  readonly publicKey: string;
}

export interface NoteSignature {
  readonly name: string;
  /** 4 bytes: see `noteKeyId`. */
  readonly keyId: Buffer;
  readonly signature: Buffer;
}

export interface Note {
  /** What is signed: ends with a line feed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

const ed25519Type = Buffer.of(1);
const keyIdBytes = 4;
const maxNoteChars = 1_000_000;

const keyName = /^[^\s\u0085+]+$/u;

/** Names a key in its signatures: 4 bytes. */
export function noteKeyId({ name, publicKey }: NoteKey): Buffer {
  const raw = Buffer.from(publicKey, "base64url");
  const named = Buffer.concat([Buffer.from(`${name}\n`), ed25519Type, raw]);
  return hash("sha256", named, "buffer").subarray(0, keyIdBytes);
}

/** Writes a key as other programs' verifiers take it. */
export function encodeVerifierKey(key: NoteKey): string {
  const raw = Buffer.concat([ed25519Type, Buffer.from(key.publicKey, "base64url")]);
  return `${key.name}+${noteKeyId(key).toString("hex")}+${raw.toString("base64")}`;
}

/** Writes a note. */
export function encodeNote({ text, signatures }: Note): string {
  const lines = signatures.map(({ name, keyId, signature }) => {
    return `— ${name} ${Buffer.concat([keyId, signature]).toString("base64")}\n`;
  });
  return `${text}\n${lines.join("")}`;
}

/** Reads a note. @returns undefined for what is none */
export function decodeNote(source: string): Note | undefined {
  const split = source.lastIndexOf("\n\n");
  const isText = !hasControl(source) && source.length <= maxNoteChars;
  if (split === -1 || !isText || !source.endsWith("\n")) return undefined;
  const lines = source.slice(split + 2, -1).split("\n");
  const signatures = lines.map(signatureIn);
  return signatures.every((one) => one !== undefined)
    ? { text: source.slice(0, split + 1), signatures }
    : undefined;
}

function hasControl(source: string): boolean {
  return Array.from(source).some((character) => character < " " && character !== "\n");
}

function signatureIn(line: string): NoteSignature | undefined {
  const [, name = "", encoded = ""] = /^— ([^ ]+) ([^ ]+)$/.exec(line) ?? [];
  const raw = Buffer.from(encoded, "base64");
  if (!keyName.test(name) || raw.toString("base64") !== encoded) return undefined;
  if (raw.length <= keyIdBytes) return undefined;
  return { name, keyId: raw.subarray(0, keyIdBytes), signature: raw.subarray(keyIdBytes) };
}
