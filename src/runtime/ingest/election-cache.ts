import { choicesOf, type Election, requireOpen } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { createVoterTagger, type VoterTagger } from "../core/voter/voter-tag.js";
import type { Registry } from "../ledger/port.js";
import type { OpenFrame } from "./open-frame.js";

/** One election as the ingest needs it, with what it is gathering for each partition. */
export interface Poll {
  /** As of at most `freshForMs` ago. */
  election: Election;
  loadedAt: number;
  choices: ReadonlyMap<string, number>;
  readonly partitions: number;
  readonly tagger: VoterTagger;
  /** By partition: the frame that takes the next ballot. */
  readonly open: (OpenFrame | undefined)[];
  /** By partition: the last frame's producer sequence and size. */
  readonly sequences: Float64Array;
  readonly sizes: Uint32Array;
}

export interface PollsOptions {
  readonly registry: Registry;
  readonly electionKey: (keyId: string) => Promise<Buffer>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** How long an election's record is believed: how late a close may be noticed here. */
  readonly freshForMs?: number;
}

/** The elections that ballots come for, read again from the registry as they age. */
export class Polls {
  readonly #options: PollsOptions;
  readonly #freshForMs: number;
  readonly #polls = new Map<string, Poll>();
  readonly #loading = new Map<string, Promise<Poll>>();

  constructor(options: PollsOptions) {
    this.#options = options;
    this.#freshForMs = options.freshForMs ?? 250;
  }

  /** The poll if what is known of it is fresh: the hot path without a promise. */
  fresh(id: string): Poll | undefined {
    const poll = this.#polls.get(id);
    const age = poll === undefined ? Number.POSITIVE_INFINITY : this.#options.now() - poll.loadedAt;
    return age < this.#freshForMs && age >= 0 ? poll : undefined;
  }

  /** @throws VoteError `unknown-election`; `ledger-unavailable` if the registry cannot be asked */
  async get(id: string): Promise<Poll> {
    const fresh = this.fresh(id);
    if (fresh !== undefined) return fresh;
    // One question at a time for each election, however many requests wait for it.
    const underWay = this.#loading.get(id);
    if (underWay !== undefined) return underWay;
    const loading = this.#load(id).finally(() => this.#loading.delete(id));
    this.#loading.set(id, loading);
    return loading;
  }

  async #load(id: string): Promise<Poll> {
    // The time before the question: the answer is at least as new.
    const loadedAt = this.#options.now();
    const election = await this.#options.registry.get(id);
    if (election === undefined) {
      throw new VoteError("unknown-election", "No election has this id.", {
        hint: "vote election list shows those that exist.",
      });
    }
    const known = this.#polls.get(id);
    if (known !== undefined) {
      if (known.election.revision !== election.revision) known.choices = choicesOf(election);
      known.election = election;
      known.loadedAt = loadedAt;
      return known;
    }
    const poll: Poll = {
      election,
      loadedAt,
      choices: choicesOf(election),
      partitions: election.partitions,
      tagger: createVoterTagger(await this.#options.electionKey(election.keyId)),
      open: new Array<OpenFrame | undefined>(election.partitions).fill(undefined),
      sequences: new Float64Array(election.partitions),
      sizes: new Uint32Array(election.partitions),
    };
    this.#polls.set(id, poll);
    return poll;
  }
}

/** @throws VoteError `election-not-open` or `election-closed` */
export function requireTaking(poll: Poll, now: number): void {
  requireOpen(poll.election, now);
}

/** @throws VoteError `invalid-ballot` or `unknown-candidate` */
export function choiceIndex(poll: Poll, choice: unknown): number {
  if (typeof choice !== "string") {
    throw new VoteError("invalid-ballot", "The ballot has no choice.", {
      hint: 'choice is a candidate\'s id, as in {"choice": "yes"}.',
    });
  }
  const index = poll.choices.get(choice);
  if (index !== undefined) return index;
  throw new VoteError("unknown-candidate", `Election ${poll.election.id} has no such candidate.`, {
    hint: `The candidates are ${[...poll.choices.keys()].slice(0, 20).join(", ")}.`,
  });
}
