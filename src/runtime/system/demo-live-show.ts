import { setTimeout as sleep } from "node:timers/promises";
import { VoteError } from "../core/errors.js";
import type { Scenario } from "../load/scenario/scenario.js";
import { type LiveTallyProps, takesVotes } from "../monitor/plain/plain.js";
import { snapshotReader } from "../monitor/read/read-snapshot.js";
import { initialMonitorState, type MonitorState, reduceMonitor } from "../monitor/state/reducer.js";
import { shownStatus, type WatchedResult } from "../monitor/state/snapshot.js";
import { noWatch, type WorkWatch } from "../telemetry/work-watch.js";
import { formatDuration } from "../text/numbers.js";

const lookEveryMs = 250;
const showsWithinMs = 5_000;

/** Where a demo's ingest and serve listen. */
export interface ShownUrls {
  readonly ingest: string;
  readonly serve: string;
}

interface LiveShowOptions {
  readonly scenario: Pick<Scenario, "durationSeconds">;
  readonly onTally: (tally: LiveTallyProps) => void;
}

/** Follows the result over HTTP like any viewer, and hears how far the recount has come. */
export class LiveShow implements WorkWatch {
  phase = "Preparing";
  /** The time of the votes begins once they can be sent. */
  readonly preparation: WorkWatch = {
    ...noWatch,
    begin: () => {
      this.phase = "Preparing";
    },
    end: () => {
      this.phase = "Voting";
      this.#startedAt = performance.now();
    },
  };
  /** Since the first vote. */
  sentPerSecond = 0;
  readonly #options: LiveShowOptions;
  readonly #read: ReturnType<typeof snapshotReader>;
  #startedAt = performance.now();
  readonly #running: Promise<void>;
  #state: MonitorState = initialMonitorState;
  #stopping = false;
  #work: { readonly total: number; done: number; readonly since: number } | undefined;

  constructor(urls: Pick<ShownUrls, "serve">, election: string, options: LiveShowOptions) {
    this.#options = options;
    this.#read = snapshotReader({ serveUrl: urls.serve, election });
    this.#running = this.#run();
  }

  /** Page and display say that all is counted before anything is compared; if not, the proof. */
  async untilSealed(): Promise<void> {
    await this.#until((result) => result.sealedPartitions === result.partitions);
  }

  /** @throws VoteError `view-unavailable` when serve does not show the official result in time */
  async untilOfficial(): Promise<void> {
    if (!(await this.#until(({ official }) => official))) {
      throw new VoteError("view-unavailable", "Serve does not show the official result.");
    }
    this.phase = "Certified";
  }

  begin(what: string, total = 0): void {
    this.phase = what;
    this.#work = { total, done: 0, since: performance.now() };
    this.#tell();
  }

  /** A recount leaves the event loop no turn between two partitions; the display needs one. */
  async done(more: number): Promise<void> {
    if (this.#work !== undefined) this.#work.done += more;
    this.#tell();
    await sleep(1);
  }

  end(): void {
    this.#work = undefined;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  /** @returns whether serve shows it in time */
  async #until(isShown: (result: WatchedResult) => boolean): Promise<boolean> {
    const giveUpAt = performance.now() + showsWithinMs;
    while (this.#state.result === undefined || !isShown(this.#state.result)) {
      if (performance.now() > giveUpAt) return false;
      await sleep(lookEveryMs / 2);
    }
    return true;
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      await this.#look();
      await sleep(lookEveryMs);
    }
    await this.#look();
  }

  async #look(): Promise<void> {
    this.#state = reduceMonitor(this.#state, { type: "snapshot", snapshot: await this.#read() });
    this.#tell();
  }

  #tell(): void {
    const { result, rates } = this.#state;
    if (result === undefined) return;
    this.#options.onTally({
      title: result.title,
      status: shownStatus(result),
      rows: result.result,
      rates,
      meanPerSecond: takesVotes(this.phase) ? undefined : this.sentPerSecond,
      phase: this.phase,
      progress: this.#progress(),
      elapsedSeconds: (performance.now() - this.#startedAt) / 1_000,
      totalSeconds: this.phase === "Preparing" ? 0 : this.#options.scenario.durationSeconds,
    });
  }

  /** `3 of 8 partitions, 4 s left` */
  #progress(): string | undefined {
    if (this.#work === undefined) return undefined;
    const { total, done, since } = this.#work;
    const leftMs = ((performance.now() - since) / done) * (total - done);
    const left = done === 0 || leftMs < 1_000 ? "" : `, ${formatDuration(leftMs)} left`;
    return `${done} of ${total} partitions${left}`;
  }
}
