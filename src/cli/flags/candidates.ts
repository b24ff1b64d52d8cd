import type { Candidate } from "../../runtime/core/election.js";
import { maxIdBytes } from "../../runtime/core/limits.js";

/**
 * Parses candidates: `owl=Tawny owl`, or just the name `Tawny owl`, whose id is made from it:
 * `tawny-owl`.
 */
export function parseCandidates(texts: readonly string[]): Candidate[] {
  const candidates: Candidate[] = [];
  for (const [index, text] of texts.entries()) {
    const at = text.indexOf("=");
    const name = text.slice(at + 1).trim();
    const taken = candidates.map(({ id }) => id);
    const id = at === -1 ? freeId(idOf(name) || `c${index + 1}`, taken) : text.slice(0, at).trim();
    candidates.push({ id, name });
  }
  return candidates;
}

/** The letters and digits of a name, without accents: `Zé Ninguém` is `ze-ninguem`. */
function idOf(name: string): string {
  const plain = name.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  return plain
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")
    .slice(0, maxIdBytes - 4);
}

function freeId(id: string, taken: readonly string[]): string {
  let free = id;
  for (let number = 2; taken.includes(free); number++) free = `${id}-${number}`;
  return free;
}
