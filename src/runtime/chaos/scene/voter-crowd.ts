import { setTimeout as sleep } from "node:timers/promises";
import { type ErrorCode, errorCatalogue } from "../../core/errors.js";
import { issueToken } from "../../keys/tokens.js";
import { Dice } from "../../sim/time/dice.js";
import { Phase } from "./phase.js";

export interface CrowdOptions {
  /** Called before each request: a restarted ingest may have another address. */
  readonly url: () => string;
  readonly election: string;
  readonly candidates: readonly string[];
  readonly secret: Uint8Array;
  readonly seed: number;
  readonly workers: number;
  readonly ballotsPerRequest: number;
  /** Each worker's pause between two requests. Default 0. */
  readonly pauseMs?: number;
}

/** What a client knows about a ballot it sent. */
export interface SentBallot {
  readonly voter: string;
  readonly ballotId: string;
  readonly choice: string;
  readonly expected: "counted" | "already-voted";
}

export interface AcknowledgedBallot extends SentBallot {
  /** When it was acknowledged. */
  readonly during: Phase;
}

/** Valid by clocks that are wrong, too: tokens are the identity provider's affair. */
const tokenSeconds = 86_400;

/**
 * Clients as the promise describes them: they repeat each ballot, under the same id, until its
 * outcome is known. 5 % vote a second time once their first vote is acknowledged, 2 % send an
 * acknowledged ballot again. The ledger has to match the crowd's account.
 */
export class VoterCrowd {
  readonly #options: CrowdOptions;
  /** Acknowledged ballots by id. */
  readonly acknowledged = new Map<string, AcknowledgedBallot>();
  /** Outcomes other than an acknowledgement; every ballot here should be acknowledged. */
  readonly refusals: string[] = [];
  /** Requests sent again because their outcome was unknown. */
  repeated = 0;
  #phase = new Phase();
  #acknowledgedAt = performance.now();
  #stopping = false;
  #abandoned = false;
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: CrowdOptions) {
    this.#options = options;
  }

  start(): void {
    this.#acknowledgedAt = performance.now();
    const workers = Array.from({ length: this.#options.workers }, (_, n) => this.#work(n));
    this.#running = Promise.all(workers);
  }

  /** Counts what is sent and acknowledged from now on for this phase. */
  enter(phase: Phase): void {
    this.#phase = phase;
  }

  /** Resolves once every ballot's outcome is known. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  /** Stops, and asks for no outcome any more. */
  async abandon(): Promise<void> {
    this.#abandoned = true;
    await this.stop();
  }

  async #work(worker: number): Promise<void> {
    const dice = new Dice(`voters ${this.#options.seed} ${worker}`);
    const mine: SentBallot[] = [];
    while (!this.#stopping) {
      const batch = Array.from({ length: this.#options.ballotsPerRequest }, () =>
        this.#next(dice, worker, mine),
      );
      // Two ballots of one voter in one request would make "already voted" a matter of order.
      const distinct = [...new Map(batch.map((ballot) => [ballot.voter, ballot])).values()];
      if (!(await this.#sendUntilKnown(distinct))) return;
      this.#acknowledge(distinct);
      mine.push(...distinct.filter(({ expected }) => expected === "counted"));
      await sleep(this.#options.pauseMs ?? 0);
    }
  }

  #acknowledge(ballots: readonly SentBallot[]): void {
    const now = performance.now();
    const stallMs = now - this.#acknowledgedAt;
    this.#acknowledgedAt = now;
    this.#phase.longestStallMs = Math.max(this.#phase.longestStallMs, stallMs);
    for (const ballot of ballots) {
      if (this.acknowledged.has(ballot.ballotId)) continue;
      this.acknowledged.set(ballot.ballotId, { ...ballot, during: this.#phase });
    }
  }

  #next(dice: Dice, worker: number, mine: readonly SentBallot[]): SentBallot {
    const draw = dice.random();
    const earlier = mine[dice.below(mine.length)];
    if (draw < 0.02 && earlier !== undefined) return earlier;
    const { candidates } = this.#options;
    const fresh = { ballotId: dice.bytes(16).toString("hex"), choice: dice.pick(candidates) };
    if (draw < 0.07 && earlier !== undefined) {
      return { ...fresh, voter: earlier.voter, expected: "already-voted" };
    }
    const name = dice.bytes(8).toString("hex");
    return { ...fresh, voter: `voter-${worker}-${name}`, expected: "counted" };
  }

  /** @returns false if it was given up */
  async #sendUntilKnown(ballots: readonly SentBallot[]): Promise<boolean> {
    while (!this.#abandoned) {
      this.#phase.sent += ballots.length;
      const refused = await this.#send(ballots).catch(() => undefined);
      if (refused !== undefined) {
        this.refusals.push(...refused);
        return true;
      }
      this.repeated++;
      await sleep(20);
    }
    return false;
  }

  /** @returns the refusals, or undefined when the outcome is unknown */
  async #send(ballots: readonly SentBallot[]): Promise<string[] | undefined> {
    const { url, election, secret } = this.#options;
    const single = ballots.length === 1;
    const token = issueToken({
      secret,
      subject: single ? ballots[0].voter : "crowd",
      scope: single ? "vote" : "gateway",
      election,
      expiresInSeconds: tokenSeconds,
      nowMs: Date.now(),
    });
    const lines = ballots.map(({ voter, ballotId, choice }) =>
      JSON.stringify(single ? { ballotId, choice } : { voter, ballotId, choice }),
    );
    const path = `/v1/elections/${election}/ballots${single ? "" : ":batch"}`;
    const response = await fetch(url() + path, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": single ? "application/json" : "application/x-ndjson",
      },
      body: lines.join("\n"),
      signal: AbortSignal.timeout(20_000),
    });
    const body = (await response.json()) as BatchAnswer;
    if (response.status === 503) return undefined;
    if (single) return response.status === 202 ? [] : [JSON.stringify(body)];
    if (response.status !== 200) return [JSON.stringify(body)];
    // A line that failed for the log's sake is unknown too, so the whole request goes again.
    const refused = body.lines.filter(({ code }) => code !== undefined);
    if (refused.some(({ code = "internal-error" }) => errorCatalogue[code].status === 503)) {
      return undefined;
    }
    return refused.map((line) => JSON.stringify(line));
  }
}

interface BatchAnswer {
  readonly lines: readonly { readonly line: number; readonly code?: ErrorCode }[];
}
