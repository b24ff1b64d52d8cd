import cluster, { type Worker } from "node:cluster";
import { AggregatorRegistry, type MetricObject } from "prom-client";
import { within } from "../time/clock.js";
import type { Metrics } from "./exposition.js";

const question = "vote:metrics";
/** Less than Prometheus waits for a scrape. */
const answerMs = 3_000;

/** One process's metrics, with their values. */
type Reading = readonly MetricObject[];

/** Tells the process that started this one as a worker its metrics, whenever that asks. */
export function tellParent(read: () => Promise<Metrics>): void {
  process.on("message", async (message) => {
    if (message !== question) return;
    // Without an answer, what this worker told last counts.
    const metrics = await read().catch(() => undefined);
    if (metrics !== undefined) process.send?.(await metrics.getMetricsAsJSON());
  });
}

/**
 * Reads the metrics of all workers of this process, as those of one role. What a worker has counted
 * stays in the sums when it ends, and while it does not answer: a counter never goes down.
 */
export function readWorkers() {
  const latest = new Map<Worker, Reading>();
  let ended: Reading = [];
  cluster.on("exit", (worker) => {
    const counters = (latest.get(worker) ?? []).filter(isCounted);
    latest.delete(worker);
    ended = AggregatorRegistry.aggregate([ended, counters]).getMetricsAsArray();
  });
  return async () => {
    const workers = Object.values(cluster.workers ?? {}).filter((one) => one !== undefined);
    const asked = workers.map(async (worker) => {
      const answer = await ask(worker);
      if (answer !== undefined && !worker.isDead()) latest.set(worker, answer);
    });
    await Promise.all(asked);
    const sums = AggregatorRegistry.aggregate([...latest.values(), ended]);
    return { contentType: sums.contentType, metrics: () => sums.metrics() };
  };
}

/** @returns undefined from a worker that starts, ends, or has no time */
async function ask(worker: Worker): Promise<Reading | undefined> {
  if (!worker.isConnected()) return undefined;
  let hear: (reading: Reading) => void = () => undefined;
  const heard = new Promise<Reading>((resolve) => {
    hear = resolve;
  });
  worker.once("message", hear);
  // A channel that has just closed answers nothing.
  worker.send(question, () => undefined);
  const reading = await within(answerMs, heard);
  worker.off("message", hear);
  return reading;
}

/** Sums that go on; what is true of a moment ends with its process. */
function isCounted({ type }: MetricObject): boolean {
  return String(type) === "counter" || String(type) === "histogram";
}
