import { choicesOf, type Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { createVoterTagger, type VoterTagger } from "../core/voter/voter-tag.js";
import type { Registry } from "../registry/port.js";
import type { Clock } from "../time/clock.js";

/** What ingest knows of one election. */
export interface CachedElection {
  /** The registry's record, read at most `freshForMs` ago. */
  election: Election;
  /** When the record was asked for, by the clock's `now`. */
  loadedAt: number;
  /** Each candidate's place in the counts, by the candidate's id. */
  choices: ReadonlyMap<string, number>;
  readonly tagger: VoterTagger;
}

export interface ElectionCacheOptions {
  readonly registry: Registry;
  readonly electionKey: (keyId: string) => Promise<Buffer>;
  readonly clock: Clock;
  /** How long a record is trusted, and so how late ingest may notice a close. Default 250. */
  readonly freshForMs?: number;
}

/** The elections that ballots arrive for. Each record is read again once it has aged. */
export class ElectionCache {
  readonly #options: ElectionCacheOptions;
  readonly #freshForMs: number;
  readonly #elections = new Map<string, CachedElection>();
  readonly #loading = new Map<string, Promise<CachedElection>>();

  constructor(options: ElectionCacheOptions) {
    this.#options = options;
    this.#freshForMs = options.freshForMs ?? 250;
  }

  /** The election if its record is fresh: the hot path, without a promise. */
  fresh(id: string): CachedElection | undefined {
    const cached = this.#elections.get(id);
    if (cached === undefined) return undefined;
    const age = this.#options.clock.now() - cached.loadedAt;
    return age < this.#freshForMs ? cached : undefined;
  }

  /** @throws VoteError `unknown-election`; `ledger-unavailable` if the registry cannot be read */
  async get(id: string): Promise<CachedElection> {
    const fresh = this.fresh(id);
    if (fresh !== undefined) return fresh;
    // One read at a time for each election, however many requests wait for it.
    const underWay = this.#loading.get(id);
    if (underWay !== undefined) return underWay;
    const loading = this.#load(id).finally(() => this.#loading.delete(id));
    this.#loading.set(id, loading);
    return loading;
  }

  async #load(id: string): Promise<CachedElection> {
    // The time before the read: the record is at least as new.
    const loadedAt = this.#options.clock.now();
    const election = await this.#options.registry.get(id);
    if (election === undefined) {
      throw new VoteError("unknown-election", "No election has this id.", {
        hint: "vote election list shows those that exist.",
      });
    }
    const known = this.#elections.get(id);
    if (known !== undefined) {
      if (known.election.revision !== election.revision) known.choices = choicesOf(election);
      known.election = election;
      known.loadedAt = loadedAt;
      return known;
    }
    const key = await this.#options.electionKey(election.keyId);
    const tagger = createVoterTagger(key);
    const cached = { election, loadedAt, choices: choicesOf(election), tagger };
    this.#elections.set(id, cached);
    return cached;
  }
}
