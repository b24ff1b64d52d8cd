import cluster, { type Worker } from "node:cluster";
import { AggregatorRegistry, type MetricObject } from "prom-client";
import { failureOf } from "../../contracts/http/problem.js";
import type { RoleStatus } from "../../contracts/http/status.js";
import { VoteError } from "../../core/errors.js";
import { EventRing } from "../../telemetry/metrics.js";
import { answerTo, onAnnounced } from "./channel.js";
import { LastAnswer } from "./last-answer.js";
import { type Ended, mergeStatuses, type SharedRole, withEnded } from "./merge-status.js";
import type { Readiness } from "./tell-parent.js";

/** Who asks for the status, or for readiness, waits 2 s; Prometheus waits longer. */
const patienceMs = { status: 500, ready: 1_000, metrics: 2_000 } as const;
/** What a worker has counted since it was last read is in no sum once it is killed. */
const readEveryMs = 5_000;
/** What a worker that does not answer held longer ago than this, it may hold no more. */
const heldForMs = 5_000;

/** One process's metrics, with their values. */
type Metrics = readonly MetricObject[];

/** What is read of one worker. */
interface Known<Role extends SharedRole> {
  readonly status: LastAnswer<RoleStatus<Role>>;
  readonly metrics: LastAnswer<Metrics>;
  readonly ready: LastAnswer<Readiness>;
  /** The number of the last event that was taken over. */
  eventNumber: number;
}

/**
 * Reads the status and the metrics of all workers of this process that have announced themselves,
 * as those of one role, and answers workers that are asked for them. What a worker has counted
 * stays in the sums when it ends, and while it does not answer: a counter never goes down. What it
 * held leaves them.
 */
export class WorkerReadings<Role extends SharedRole> {
  readonly #role: Role;
  readonly #known = new Map<Worker, Known<Role>>();
  readonly #events = new EventRing();
  readonly #startedAt = Math.round(performance.timeOrigin);
  #endedStatus: Ended = {};
  #endedMetrics: Metrics = [];
  #draining = false;

  /** @param options `scraped`: whether Prometheus asks; only then are metrics read as often */
  constructor(role: Role, { scraped }: { readonly scraped: boolean }) {
    this.#role = role;
    cluster.on("exit", (worker) => this.#forget(worker));
    cluster.on("fork", (worker) => {
      answerTo(worker, async (question) => (question === "status" ? this.status() : undefined));
      onAnnounced(worker, () => this.#known.set(worker, this.#asked(worker)));
    });
    setInterval(() => {
      for (const { status, metrics } of this.#known.values()) {
        void status.read();
        if (scraped) void metrics.read();
      }
    }, readEveryMs).unref();
  }

  /** Whether `drain` was called. */
  get draining(): boolean {
    return this.#draining;
  }

  /** Says in the status from now on that the role takes no new work. */
  drain(): void {
    this.#draining = true;
  }

  /** One status, of all workers together. */
  async status(): Promise<RoleStatus<Role>> {
    const readings = await this.#read(({ status }) => status);
    const { pid } = process;
    const workers = readings.map(({ last }) => last.pid).sort((one, other) => one - other);
    const own = { role: this.#role, pid, startedAt: this.#startedAt, at: Date.now(), workers };
    const events = this.#role === "tally" ? { events: this.#events.all } : {};
    const silent = readings.filter(({ held }) => !held);
    const counted = silent.reduce(
      (ended, { last }) => withEnded(this.#role, ended, last),
      this.#endedStatus,
    );
    const current = readings.filter(({ held }) => held).map(({ last }) => last);
    const merged = mergeStatuses(this.#role, current, counted);
    const draining = this.#draining || merged.draining;
    return { ...own, ...merged, draining, ...events } as unknown as RoleStatus<Role>;
  }

  /** All metrics, of all workers together. */
  async metrics() {
    const readings = await this.#read(({ metrics }) => metrics);
    const each = readings.map(({ last, held }) => (held ? last : last.filter(isCounted)));
    const sums = AggregatorRegistry.aggregate([...each, this.#endedMetrics]);
    return { contentType: sums.contentType, metrics: () => sums.metrics() };
  }

  /** @throws VoteError why one takes no work, or `not-running` if none does */
  async requireReady(): Promise<void> {
    const readings = await Promise.all([...this.#known.values()].map(({ ready }) => ready.read()));
    const answers = readings.flatMap(({ last, isCurrent }) => (isCurrent && last ? [last] : []));
    for (const { problem } of answers) {
      if (problem !== null) throw failureOf(problem) ?? new VoteError("internal-error", "");
    }
    if (answers.length > 0) return;
    throw new VoteError("not-running", `None of the processes of this ${this.#role} answers.`, {
      hint: "They are started again when they end; the log of this process says why they do.",
    });
  }

  /** Reads the same of all workers; `held` says whether each may still hold what it says. */
  async #read<Answer>(of: (known: Known<Role>) => LastAnswer<Answer>) {
    const read = async ([worker, known]: [Worker, Known<Role>]) => {
      const { last, isCurrent, ageMs } = await of(known).read();
      // One that has ended meanwhile is in the sums of those.
      if (last === undefined || !this.#known.has(worker)) return [];
      return [{ worker, last, held: isCurrent || ageMs < heldForMs }];
    };
    const readings = (await Promise.all([...this.#known].map(read))).flat();
    return readings.filter(({ worker }) => this.#known.has(worker));
  }

  #asked(worker: Worker): Known<Role> {
    const takeEvents = (status: RoleStatus<Role>) => this.#takeEvents(known, status);
    const known: Known<Role> = {
      status: new LastAnswer(worker, "status", patienceMs.status, takeEvents),
      metrics: new LastAnswer(worker, "metrics", patienceMs.metrics),
      ready: new LastAnswer(worker, "ready", patienceMs.ready),
      eventNumber: 0,
    };
    return known;
  }

  #takeEvents(known: Known<Role>, status: RoleStatus<Role>): void {
    if (!("events" in status)) return;
    const { events } = status;
    const first = known.eventNumber;
    // Numbered anew, in the order in which they are heard of.
    for (const { number, ...event } of events) if (number > first) this.#events.add(event);
    known.eventNumber = Math.max(first, ...events.map(({ number }) => number));
  }

  #forget(worker: Worker): void {
    const known = this.#known.get(worker);
    if (known === undefined) return;
    this.#known.delete(worker);
    const { status, metrics } = known;
    if (status.last !== undefined) {
      this.#endedStatus = withEnded(this.#role, this.#endedStatus, status.last);
    }
    const counters = (metrics.last ?? []).filter(isCounted);
    const all = [this.#endedMetrics, counters];
    this.#endedMetrics = AggregatorRegistry.aggregate(all).getMetricsAsArray();
  }
}

/** Sums that go on; what is true of a moment ends with its process. */
function isCounted({ type }: MetricObject): boolean {
  return String(type) === "counter" || String(type) === "histogram";
}
