/**
 * The certifier makes results official without a person: `certifier` looks for elections that have
 * closed, `make-official` leads one to its certificate, `live-count` compares it with what was
 * shown, `record-dispute` says in the registry what does not agree, and `certify-once` does all
 * that there is and ends.
 */

import { setMaxListeners } from "node:events";
import type { Certifying, CertifyMetrics } from "../../contracts/http/status.js";
import type { Election } from "../../core/election.js";
import { messageOf, VoteError } from "../../core/errors.js";
import { type BackoffOptions, backoffMs } from "../../time/backoff.js";
import type { ClockCheck } from "../../time/clock-check.js";
import { isMismatch } from "../findings/mismatch.js";
import { CertifyingWork } from "./certifying-work.js";
import { type CertifierWorld, type CertifyWatch, makeOfficial } from "./make-official.js";
import { oneAfterTheOther } from "./one-after-the-other.js";

/** What a certifier tells, for the log. */
export interface CertifierEvents {
  /** A recount begins, and goes on: every 10 s. */
  progress(work: Certifying): void;
  certified(election: string, digest: string, comparedPartitions: number): void;
  /** It stops at this election, and goes on with the others. */
  mismatch(election: string, error: VoteError): void;
  /** The registry does not say that the election is disputed: it did not take the dispute. */
  disputeNotStored(election: string, error: unknown): void;
  /** Called with each failure; it is tried again. */
  trouble(election: string | undefined, error: unknown): void;
}

interface CertifierOptions extends Omit<CertifierWorld, "signal"> {
  /** With a wrong clock it does nothing, and says so. */
  readonly clocks: Pick<ClockCheck, "requireRight">;
  readonly events: CertifierEvents;
  /** Looks after this election only. Default: all. */
  readonly only?: string | undefined;
  /** How often the registry is looked at. Default 1,000. */
  readonly everyMs?: number;
}

export interface RunningCertifier {
  metrics(): CertifyMetrics;
  /** @throws VoteError why the last look at the elections failed */
  requireReady(): void;
  /** Ends after the partition that is being recounted. */
  stop(): Promise<void>;
}

const tellEveryMs = 10_000;
/** Doubles with each attempt: between two, the recount looks what is wrong. */
const sealsWithin: BackoffOptions = { firstMs: 30_000, maxMs: 3_600_000 };
const tryAgain: BackoffOptions = { firstMs: 2_000, maxMs: 60_000 };
/** Whoever announces a recount for longer than this is not waited for any more. */
const giveWayForMs = 600_000;

/** Recounts and certifies elections as they close, until it is stopped. */
export function startCertifier(options: CertifierOptions): RunningCertifier {
  const { clock, chance, everyMs = 1_000, events } = options;
  const stopping = new AbortController();
  // Any number of elections may wait for their seals.
  setMaxListeners(0, stopping.signal);
  const rounds = new Rounds(options, stopping.signal);
  let failure: unknown;
  const turns = async () => {
    while (!stopping.signal.aborted) {
      failure = await rounds.make().catch((error: unknown) => error ?? new Error("no reason"));
      if (failure !== undefined) events.trouble(undefined, failure);
      // Several certifiers do not look at the same moment.
      await clock.sleep(everyMs * (0.75 + chance.random() / 2), stopping.signal);
    }
  };
  const running = turns();
  return {
    metrics: () => rounds.metrics(),
    requireReady() {
      if (failure !== undefined) throw failure;
    },
    async stop() {
      stopping.abort();
      await running;
      await rounds.end();
    },
  };
}

interface OneElection {
  readonly work: CertifyingWork;
  /** What is being done; undefined between two attempts. */
  underWay?: Promise<void> | undefined;
  attempts: number;
  /** By the clock's `now`. */
  againAt: number;
  /** The revision at which something did not agree. */
  stoppedAt?: number | undefined;
  elsewhereSince?: number | undefined;
}

class Rounds {
  readonly #options: CertifierOptions;
  readonly #signal: AbortSignal;
  readonly #inTurn = oneAfterTheOther();
  readonly #elections = new Map<string, OneElection>();
  #certified = 0;
  #mismatches = 0;
  #failures = 0;

  constructor(options: CertifierOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  /** Begins with every election that has closed, and waits for none. */
  async make(): Promise<void> {
    const { registry, clocks, clock, only } = this.#options;
    const all = await registry.list();
    clocks.requireRight();
    const closed = all.filter(({ id, status }) => status === "closed" && (only ?? id) === id);
    const ids = new Set(closed.map(({ id }) => id));
    for (const [id, { underWay }] of this.#elections) {
      if (underWay === undefined && !ids.has(id)) this.#elections.delete(id);
    }
    for (const election of closed) {
      const one = this.#oneOf(election);
      if (one.underWay !== undefined || one.stoppedAt === election.revision) continue;
      if (one.againAt > clock.now()) continue;
      one.underWay = this.#carryOut(election, one).finally(() => {
        one.underWay = undefined;
      });
    }
  }

  async end(): Promise<void> {
    await Promise.all([...this.#elections.values()].map(({ underWay }) => underWay));
  }

  metrics(): CertifyMetrics {
    return {
      elections: [...this.#elections.values()].map(({ work }) => work.status),
      certified: this.#certified,
      mismatches: this.#mismatches,
      failures: this.#failures,
    };
  }

  /** Follows one election, and says how far it is. */
  #watch({ id }: Election, { work }: OneElection): CertifyWatch {
    const { clock, events } = this.#options;
    let toldAt = 0;
    const tell = () => {
      toldAt = clock.now();
      events.progress(work.status);
    };
    return {
      step(step) {
        work.step(step);
        if (step === "recounting") tell();
      },
      partition(ballots) {
        work.partition(ballots);
        if (clock.now() - toldAt >= tellEveryMs) tell();
      },
      disputeNotStored: (error) => events.disputeNotStored(id, error),
    };
  }

  #oneOf(election: Election): OneElection {
    const { clock } = this.#options;
    const known = this.#elections.get(election.id);
    if (known !== undefined) return known;
    const work = new CertifyingWork(election, clock);
    const one = { work, attempts: 0, againAt: Number.NEGATIVE_INFINITY };
    this.#elections.set(election.id, one);
    return one;
  }

  async #carryOut(election: Election, one: OneElection): Promise<void> {
    const { clock, events } = this.#options;
    one.attempts++;
    const startedAt = clock.now();
    try {
      const outcome = await makeOfficial(
        election,
        { ...this.#options, signal: this.#signal },
        {
          watch: this.#watch(election, one),
          sealsWithinMs: backoffMs(one.attempts, sealsWithin, () => 1),
          giveWay: () => clock.now() - (one.elsewhereSince ?? clock.now()) < giveWayForMs,
          inTurn: this.#inTurn,
        },
      );
      if (outcome.is === "elsewhere") {
        one.attempts = 0;
        one.elsewhereSince ??= clock.now();
        one.work.ended("elsewhere", "");
        return;
      }
      this.#elections.delete(election.id);
      if (outcome.is !== "certified") return;
      this.#certified++;
      events.certified(election.id, outcome.certificate.digest, outcome.compared);
    } catch (error) {
      if (!this.#signal.aborted) this.#failed(election, one, error, startedAt);
    }
  }

  #failed({ id, revision }: Election, one: OneElection, error: unknown, startedAt: number): void {
    const { clock, chance, events } = this.#options;
    if (isMismatch(error)) {
      this.#mismatches++;
      one.stoppedAt = revision;
      one.work.ended("stopped", error.message);
      events.mismatch(id, error);
      return;
    }
    this.#failures++;
    const pauseMs = backoffMs(one.attempts, tryAgain, () => chance.random());
    // The wait for the seals is longer than the pause, and they should not find it asleep.
    one.againAt = pauseMs + (codeOf(error) === "not-sealed" ? startedAt : clock.now());
    one.work.ended("failed", messageOf(error));
    events.trouble(id, error);
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof VoteError ? error.code : undefined;
}
