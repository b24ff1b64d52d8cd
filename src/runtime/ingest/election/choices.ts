import { choicesOf, type Election } from "../../core/election.js";

/** The candidates' places in the counts, by their ids: as a text, or as bytes among others. */
export class Choices {
  readonly #byId: ReadonlyMap<string, number>;
  /** By hash: the ids, as bytes, of the candidates that share it. */
  readonly #byHash = new Map<number, { readonly id: Buffer; readonly place: number }[]>();

  constructor(election: Election) {
    this.#byId = choicesOf(election);
    for (const [text, place] of this.#byId) {
      const id = Buffer.from(text);
      const hash = hashOf(id, 0, id.length);
      this.#byHash.set(hash, [...(this.#byHash.get(hash) ?? []), { id, place }]);
    }
  }

  get ids(): string[] {
    return [...this.#byId.keys()];
  }

  /** The candidate's place; undefined if there is none. */
  placeOf(id: string): number | undefined {
    return this.#byId.get(id);
  }

  /** The place of the candidate whose id stands there; undefined if there is none. */
  placeIn(bytes: Buffer, from: number, to: number): number | undefined {
    const candidates = this.#byHash.get(hashOf(bytes, from, to));
    if (candidates === undefined) return undefined;
    for (const { id, place } of candidates) {
      let same = 0;
      while (same < id.length && bytes[from + same] === id[same]) same++;
      if (same === id.length && same === to - from) return place;
    }
    return undefined;
  }
}

/** FNV-1a, cut to a small integer. */
function hashOf(bytes: Buffer, from: number, to: number): number {
  let hash = 0x811c_9dc5;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ bytes[at], 0x0100_0193);
  return hash >>> 2;
}
