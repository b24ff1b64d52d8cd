import cluster, { type Worker } from "node:cluster";
import { AggregatorRegistry, type MetricObject } from "prom-client";
import { failureOf } from "../../contracts/http/problem.js";
import type { RoleStatus } from "../../contracts/http/status.js";
import { VoteError } from "../../core/errors.js";
import { EventRing } from "../../telemetry/metrics.js";
import { answerTo, ask } from "./channel.js";
import { type Ended, mergeStatuses, type SharedRole, withEnded } from "./merge-status.js";
import type { Readiness } from "./tell-parent.js";

/** Less than Prometheus waits for a scrape, and more than a worker for a store. */
const answerMs = 2_000;
/** What a worker has counted since it was last read is in no sum once it is killed. */
const readEveryMs = 5_000;

/** One process's metrics, with their values. */
type Metrics = readonly MetricObject[];

/**
 * Reads the status and the metrics of all workers of this process, as those of one role, and
 * answers workers that are asked for them. What a worker has counted stays in the sums when it
 * ends, and while it does not answer: a counter never goes down.
 */
export class WorkerReadings<Role extends SharedRole> {
  readonly #role: Role;
  readonly #statuses = new Map<Worker, RoleStatus<Role>>();
  readonly #metrics = new Map<Worker, Metrics>();
  readonly #events = new EventRing();
  readonly #eventNumbers = new Map<Worker, number>();
  readonly #startedAt = Math.round(performance.timeOrigin);
  #endedStatus: Ended = {};
  #endedMetrics: Metrics = [];
  #reading: Promise<void> | undefined;

  constructor(role: Role) {
    this.#role = role;
    cluster.on("exit", (worker) => this.#forget(worker));
    cluster.on("fork", (worker) =>
      answerTo(worker, async (question) => (question === "status" ? this.status() : undefined)),
    );
    setInterval(() => void this.#readStatuses(), readEveryMs).unref();
  }

  /** One status, of all workers together. */
  async status(): Promise<RoleStatus<Role>> {
    await this.#readStatuses();
    const statuses = [...this.#statuses.values()];
    const { pid } = process;
    const workers = statuses.map((one) => one.pid).sort((one, other) => one - other);
    const own = { role: this.#role, pid, startedAt: this.#startedAt, at: Date.now(), workers };
    const events = this.#role === "tally" ? { events: this.#events.all } : {};
    const merged = mergeStatuses(this.#role, statuses, this.#endedStatus);
    return { ...own, ...merged, ...events } as unknown as RoleStatus<Role>;
  }

  /** All metrics, of all workers together. */
  async metrics() {
    const asked = connected().map(async (worker) => {
      const answer = await ask<Metrics>(worker, "metrics", answerMs);
      if (answer !== undefined && !worker.isDead()) this.#metrics.set(worker, answer);
    });
    await Promise.all(asked);
    const sums = AggregatorRegistry.aggregate([...this.#metrics.values(), this.#endedMetrics]);
    return { contentType: sums.contentType, metrics: () => sums.metrics() };
  }

  /** @throws VoteError why one takes no work, or `not-running` if none does */
  async requireReady(): Promise<void> {
    const asked = connected().map((worker) => ask<Readiness>(worker, "ready", answerMs));
    const answers = (await Promise.all(asked)).filter((one) => one !== undefined);
    for (const { problem } of answers) {
      if (problem !== null) throw failureOf(problem) ?? new VoteError("internal-error", "");
    }
    if (answers.length > 0) return;
    throw new VoteError("not-running", `None of the processes of this ${this.#role} answers.`, {
      hint: "They are started again when they end; the log of this process says why they do.",
    });
  }

  /** One reading at a time, whoever asks. */
  #readStatuses(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(): Promise<void> {
    const asked = connected().map(async (worker) => {
      const status = await ask<RoleStatus<Role>>(worker, "status", answerMs);
      if (status !== undefined && !worker.isDead()) this.#take(worker, status);
    });
    await Promise.all(asked);
  }

  #take(worker: Worker, status: RoleStatus<Role>): void {
    this.#statuses.set(worker, status);
    if (!("events" in status)) return;
    const known = this.#eventNumbers.get(worker) ?? 0;
    // Numbered anew, in the order in which they are heard of.
    for (const { number, ...event } of status.events) if (number > known) this.#events.add(event);
    this.#eventNumbers.set(worker, Math.max(known, ...status.events.map(({ number }) => number)));
  }

  #forget(worker: Worker): void {
    const status = this.#statuses.get(worker);
    if (status !== undefined) {
      this.#endedStatus = withEnded(this.#role, this.#endedStatus, status);
    }
    const counters = (this.#metrics.get(worker) ?? []).filter(isCounted);
    this.#endedMetrics = AggregatorRegistry.aggregate([
      this.#endedMetrics,
      counters,
    ]).getMetricsAsArray();
    for (const known of [this.#statuses, this.#metrics, this.#eventNumbers]) known.delete(worker);
  }
}

function connected(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((one) => one?.isConnected()) as Worker[];
}

/** Sums that go on; what is true of a moment ends with its process. */
function isCounted({ type }: MetricObject): boolean {
  return String(type) === "counter" || String(type) === "histogram";
}
