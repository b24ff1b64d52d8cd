import { hashBytes } from "../formats/bytes.js";
import type { TreeHead } from "./proof.js";

/** The head of a transparency log: the text of a note, by c2sp.org/tlog-checkpoint. */
export interface Checkpoint extends TreeHead {
  /** Names the log, and the key that signs its checkpoints. */
  readonly origin: string;
}

/** The log of an election: no other has this origin, whatever its id. */
export function originOf(election: string, instance: string): string {
  return `vote/${election}/${instance}`;
}

/** Writes a checkpoint's text. */
export function encodeCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${root.toString("base64")}\n`;
}

/** Reads a checkpoint's text; passes over further lines. @returns undefined for what is none */
export function decodeCheckpoint(text: string): Checkpoint | undefined {
  const [origin, digits, encoded, ...rest] = text.split("\n");
  const extensions = rest.slice(0, -1);
  if (!text.endsWith("\n") || origin === "" || extensions.includes("")) return undefined;
  if (!/^(0|[1-9]\d*)$/.test(digits ?? "")) return undefined;
  const size = Number(digits);
  const root = Buffer.from(encoded ?? "", "base64");
  if (!Number.isSafeInteger(size) || root.length !== hashBytes) return undefined;
  return root.toString("base64") === encoded ? { origin, size, root } : undefined;
}
