import { type Election, isElectionId } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import { learnMs } from "../../core/limits.js";
import { createVoterTagger, type VoterTagger } from "../../core/voter/voter-tag.js";
import type { Registry } from "../../registry/port.js";
import { type Clock, within } from "../../time/clock.js";
import { Choices } from "./choices.js";

/** What ingest knows of one election. */
export interface CachedElection {
  /** The registry's record, read at most `freshForMs` ago. */
  election: Election;
  /** When the record was asked for, by the clock's `now`. */
  loadedAt: number;
  choices: Choices;
  tagger: VoterTagger;
}

export interface ElectionCacheOptions {
  readonly registry: Registry;
  /**
   * Asked once, unless the key was destroyed. Fails for a key that is not the election's, or if it
   * does not trust this host.
   */
  readonly electionKey: (election: Election) => Promise<Buffer>;
  readonly clock: Clock;
  /** How long a record is trusted, and so how late ingest may notice a close. Default 250. */
  readonly freshForMs?: number;
}

/** An id that the registry does not know is not asked for again within this. */
const unknownForMs = 1_000;
const maxUnknown = 1_000;
/** Reads of ids not seen before. Those of elections that are known do not wait for them. */
const maxFirstReads = 64;
/** Reads for one request, as long as they take too long. */
const maxReads = 3;
/** A read that takes longer is given up. The next request begins another. */
const maxReadMs = 2_000;
/** Requests that wait for the registry: in all, and for one election. */
const maxWaiting = 10_000;
const maxWaitingEach = maxWaiting / 2;

/** The elections that ballots arrive for. Each record is read again once it has aged. */
export class ElectionCache {
  readonly #options: ElectionCacheOptions;
  readonly #freshForMs: number;
  readonly #elections = new Map<string, CachedElection>();
  readonly #loading = new Map<string, Promise<CachedElection>>();
  /** Ids without an election: until when to believe that, by the clock's `now`. Oldest first. */
  readonly #unknown = new Map<string, number>();
  #waiting = 0;
  readonly #waitingFor = new Map<string, number>();

  constructor(options: ElectionCacheOptions) {
    this.#options = options;
    this.#freshForMs = options.freshForMs ?? 250;
  }

  /** The election if its record is not older than this: the hot path, without a promise. */
  fresh(id: string, forMs = this.#freshForMs): CachedElection | undefined {
    const cached = this.#elections.get(id);
    if (cached === undefined) return undefined;
    const age = this.#options.clock.now() - cached.loadedAt;
    return age < forMs ? cached : undefined;
  }

  /**
   * The election, read from the registry if its record is not fresh.
   *
   * @throws VoteError `unknown-election`, `overloaded` if too much waits for the registry,
   *   `ledger-unavailable` if it cannot be read in time, `wrong-election-key` or `untrusted-key`
   */
  async get(id: string): Promise<CachedElection> {
    const fresh = this.fresh(id);
    if (fresh !== undefined) return fresh;
    requireElectionId(id);
    if ((this.#unknown.get(id) ?? 0) > this.#options.clock.now()) throw unknownElection();
    const waitingFor = this.#waitingFor.get(id) ?? 0;
    if (this.#waiting >= maxWaiting || waitingFor >= maxWaitingEach) throw registryOverloaded();
    this.#countWaiting(id, 1);
    try {
      return await this.#readInTime(id);
    } finally {
      this.#countWaiting(id, -1);
    }
  }

  #countWaiting(id: string, change: 1 | -1): void {
    const waitingFor = (this.#waitingFor.get(id) ?? 0) + change;
    if (waitingFor === 0) this.#waitingFor.delete(id);
    else this.#waitingFor.set(id, waitingFor);
    this.#waiting += change;
  }

  /**
   * An answer may come late, or to a process that has slept: an end that was announced meanwhile
   * may be over by now. Then the record is read again.
   */
  async #readInTime(id: string): Promise<CachedElection> {
    for (let reads = 1; reads <= maxReads; reads++) {
      const read = await this.#read(id);
      if (this.fresh(id, learnMs) !== undefined) return read;
    }
    throw tooLate();
  }

  /** Reads each election once at a time, however many requests wait for it. */
  #read(id: string): Promise<CachedElection> {
    const underWay = this.#loading.get(id);
    if (underWay !== undefined) return underWay;
    if (!this.#elections.has(id) && this.#loading.size >= maxFirstReads) throw registryOverloaded();
    const loading = this.#loadInTime(id).finally(() => this.#loading.delete(id));
    this.#loading.set(id, loading);
    return loading;
  }

  /** A registry that never answers must not be waited for: not now, and not by who comes later. */
  async #loadInTime(id: string): Promise<CachedElection> {
    const loaded = await within(maxReadMs, this.#load(id), this.#options.clock);
    if (loaded === undefined) throw tooLate();
    return loaded;
  }

  #rememberUnknown(id: string): void {
    this.#unknown.delete(id);
    this.#unknown.set(id, this.#options.clock.now() + unknownForMs);
    const [oldest] = this.#unknown.keys();
    if (this.#unknown.size > maxUnknown) this.#unknown.delete(oldest);
  }

  /** Memory lets go of a key that was destroyed, too. */
  async #taggerOf(election: Election): Promise<VoterTagger> {
    if (isDestroyed(election)) return noTagger;
    const known = this.#elections.get(election.id);
    return known?.tagger ?? createVoterTagger(await this.#options.electionKey(election));
  }

  async #load(id: string): Promise<CachedElection> {
    // The time before the read: the record is at least as new.
    const loadedAt = this.#options.clock.now();
    const election = await this.#options.registry.get(id);
    const read = election && { election, loadedAt, tagger: await this.#taggerOf(election) };
    // Looked up after all waiting: what a read that was given up has found may be older than it.
    const known = this.#elections.get(id);
    if (known !== undefined && loadedAt < known.loadedAt) return known;
    if (read === undefined) {
      this.#rememberUnknown(id);
      throw unknownElection();
    }
    const isSame = known?.election.revision === read.election.revision;
    const choices = isSame ? known.choices : new Choices(read.election);
    const cached = Object.assign(known ?? {}, { ...read, choices });
    this.#elections.set(id, cached);
    this.#unknown.delete(id);
    return cached;
  }
}

/** The tagger of an election whose voter key was destroyed, after its certification. */
const noTagger: VoterTagger = { write: refuseToTag, writeMany: refuseToTag };

function refuseToTag(): never {
  throw new VoteError("key-destroyed", "The election's voter key was destroyed.");
}

function isDestroyed({ keyDestroyed = [] }: Election): boolean {
  return keyDestroyed.length > 0;
}

/** @throws VoteError `unknown-election` for an id that no election can have */
export function requireElectionId(id: string): void {
  if (!isElectionId(id)) throw unknownElection();
}

function unknownElection(): VoteError {
  return new VoteError("unknown-election", "No election has this id.", {
    hint: "`vote election list` shows those that exist.",
  });
}

function tooLate(): VoteError {
  return new VoteError("ledger-unavailable", "The registry answers too late.", {
    hint: "Nothing of this request was taken. Send it again later.",
  });
}

function registryOverloaded(): VoteError {
  return new VoteError("overloaded", "Too many requests are waiting for the registry.", {
    hint: "Nothing of this request was taken. Send it again later.",
  });
}
