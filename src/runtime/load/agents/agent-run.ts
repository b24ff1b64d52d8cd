import type { RunStatus } from "../../contracts/load/agent-requests.js";
import { messageOf } from "../../core/errors.js";
import { type LoadOutcome, packLatencies } from "../measure/outcome.js";
import type { LoadOptions } from "../run/options.js";
import type { LoadProgress } from "../run/progress.js";
import { runLoad } from "../run/run-load.js";

/** One share of a run on an agent: prepared, started once, and kept until it is collected. */
export class AgentRun {
  readonly #stopping = new AbortController();
  #begin: (startAt: number) => void = () => {};
  #state: RunStatus["state"] = "ready";
  #progress: LoadProgress | undefined;
  #problem: string | undefined;
  #outcome: LoadOutcome | undefined;
  /** Resolves once it has finished or failed. */
  readonly ended: Promise<void>;

  private constructor(options: LoadOptions, onReady: () => void) {
    const startAt = new Promise<number>((resolve) => {
      this.#begin = resolve;
    });
    const { signal } = this.#stopping;
    const onProgress = (progress: LoadProgress) => {
      this.#progress = progress;
    };
    this.ended = runLoad({ ...options, startAt, onReady, signal, onProgress }).then(
      (outcome) => {
        this.#outcome = outcome;
        this.#state = "finished";
      },
      (error: unknown) => {
        this.#problem = messageOf(error);
        this.#state = "failed";
        this.failure = error;
      },
    );
  }

  /** The error that the run failed with. */
  failure: unknown;

  /**
   * Opens everything that the share needs, and waits until it is ready to start.
   *
   * @throws VoteError `invalid-scenario` or `invalid-usage`, with nothing left open
   */
  static async prepare(options: LoadOptions): Promise<AgentRun> {
    let isReady: () => void = () => {};
    const ready = new Promise<void>((resolve) => {
      isReady = resolve;
    });
    const run = new AgentRun(options, isReady);
    await Promise.race([ready, run.ended]);
    if (run.failure !== undefined) throw run.failure;
    return run;
  }

  /** @param withLatencies packing them holds up the sending for some milliseconds */
  status(withLatencies: boolean): RunStatus {
    const problem = this.#problem;
    if (this.#progress === undefined) return { state: this.#state, problem };
    const { latencies, ...progress } = this.#progress;
    const status = { state: this.#state, progress, problem };
    return withLatencies ? { ...status, latencies: packLatencies(latencies) } : status;
  }

  /** What a finished run did. */
  get outcome(): LoadOutcome | undefined {
    return this.#outcome;
  }

  /**
   * @param startAt milliseconds since the epoch, by this process' clock
   * @returns false if it was started or stopped before
   */
  start(startAt: number): boolean {
    if (this.#state !== "ready" || this.#stopping.signal.aborted) return false;
    this.#state = "running";
    this.#begin(startAt);
    return true;
  }

  /** Ends the sending; ballots that are under way are still waited for. */
  stop(): void {
    this.#stopping.abort();
  }
}
