import type { ChildProcess } from "node:child_process";
import { on, once } from "node:events";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { VoteError } from "../../core/errors.js";
import { cpuSecondsOfAll } from "../../telemetry/cpu.js";
import { noWatch, type WorkWatch, watchSeconds } from "../../telemetry/work-watch.js";
import { formatCount } from "../../text/numbers.js";
import { forkScript } from "../scratch/fork-script.js";
import type { FanoutClientReport, FanoutOrder } from "./fanout-client.js";

/** A server of event streams, each event with `"at":MILLISECONDS` in it. */
export interface FanoutTarget {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** Process ids of the server. */
  readonly pids: readonly number[];
  /** Their memory before the first client, in bytes. */
  readonly memoryBefore: number;
  stop(): Promise<void>;
}

export interface FanoutMeasurement {
  readonly clients: number;
  /** Time from the tick at the server to the receipt at the client, over all clients. */
  readonly latencyMs: {
    readonly delivery: { readonly p50: number; readonly p99: number; readonly max: number };
  };
  readonly deliveries: number;
  readonly deliveriesPerSecond: number;
  /** CPU time of the server's processes, without the clients. */
  readonly deliveriesPerCpuSecond: number;
  readonly clientCpuSeconds: number;
  /** Memory of the server's processes under load, without the kernel's socket buffers. */
  readonly residentBytes: number;
  /**
   * How much of it was added after the start. A Node.js process still holds garbage from its start,
   * and collects it as clients arrive. The growth of `residentBytes` with the clients says more.
   */
  readonly bytesPerClient: number;
  readonly bytesPerDelivery: number;
  /** The fewest and the most events that one client got. */
  readonly eventsPerClient: { readonly fewest: number; readonly most: number };
}

/** Clients in a process: fewer than its limit of open files. */
const clientsPerProcess = 15_000;
const spareFiles = 256;
const settleMs = 1_500;
const connectTimeoutMs = 60_000;
const connectMsPerClient = 10;

/**
 * Connects the clients, lets them settle, and counts deliveries for the given time.
 *
 * @throws VoteError `invalid-usage` when the machine allows too few open files, `overloaded` when
 *   not every client could connect or stay
 */
export async function measureFanout(
  target: FanoutTarget,
  {
    clients,
    seconds,
    watch = noWatch,
  }: { readonly clients: number; readonly seconds: number; readonly watch?: WorkWatch | undefined },
): Promise<FanoutMeasurement> {
  await requireFiles(Math.min(clients, clientsPerProcess), "client");
  const processes = Math.ceil(clients / clientsPerProcess);
  const children = Array.from({ length: processes }, () => forkScript("fanout/fanout-client"));
  try {
    const who = formatCount(clients);
    await watchSeconds(watch, `Connecting ${who} clients`, undefined, async () => {
      await Promise.all(
        children.map((child, index) => {
          const share = Math.floor((clients + index) / processes);
          return connectAll(child, target, share);
        }),
      );
      await sleep(settleMs);
    });
    const clientPids = children.map(({ pid }) => pid ?? 0);
    const cpu = [await cpuSecondsOfAll(target.pids), await cpuSecondsOfAll(clientPids)];
    const startedAt = performance.now();
    for (const child of children) tell(child, "start");
    await watchSeconds(watch, `Events to ${who} clients`, seconds, () => sleep(seconds * 1_000));
    const reported = children.map((child) => nextReport(child));
    for (const child of children) tell(child, "stop");
    const lasted = (performance.now() - startedAt) / 1_000;
    const cpuSeconds = (await cpuSecondsOfAll(target.pids)) - cpu[0];
    const clientCpuSeconds = (await cpuSecondsOfAll(clientPids)) - cpu[1];
    const memory = await residentBytes(target.pids);
    const total = sumOf(await Promise.all(reported));
    if (total.lost > 0) {
      throw new VoteError("overloaded", `${total.lost} of ${clients} clients were cut off.`);
    }
    return {
      clients,
      latencyMs: { delivery: quantiles(total.latencies) },
      deliveries: total.deliveries,
      deliveriesPerSecond: total.deliveries / lasted,
      deliveriesPerCpuSecond: total.deliveries / cpuSeconds,
      clientCpuSeconds,
      residentBytes: memory,
      bytesPerClient: Math.round((memory - target.memoryBefore) / clients),
      bytesPerDelivery: Math.round(total.bytes / total.deliveries),
      eventsPerClient: { fewest: total.fewest, most: total.most },
    };
  } finally {
    for (const child of children) child.kill();
  }
}

/**
 * Checks that a process may hold that many connections.
 *
 * @throws VoteError `invalid-usage`
 */
export async function requireFiles(connections: number, whose: string): Promise<void> {
  const limits = await readFile("/proc/self/limits", "utf8").catch(() => "");
  const allowed = Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Number.MAX_SAFE_INTEGER);
  const needed = connections + spareFiles;
  if (needed <= allowed) return;
  const detail = `${connections} connections in one ${whose} process need ${needed} open files; `;
  throw new VoteError("invalid-usage", `${detail}this shell allows ${allowed}.`, {
    hint: `Run \`ulimit -n ${needed}\` first, as root where the hard limit is lower.`,
  });
}

/** Sums the resident memory of processes; one that cannot be read counts as 0. */
export async function residentBytes(pids: readonly number[]): Promise<number> {
  const sizes = pids.map(async (pid) => {
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1_024;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

async function connectAll(child: ChildProcess, target: FanoutTarget, clients: number) {
  const { host, port, path } = target;
  tell(child, { host, port, path, clients });
  const signal = AbortSignal.timeout(connectTimeoutMs + clients * connectMsPerClient);
  try {
    await once(child, "message", { signal });
  } catch (cause) {
    throw new VoteError("overloaded", `Not all of ${clients} clients could connect.`, { cause });
  }
}

function tell(child: ChildProcess, order: FanoutOrder): void {
  child.send(order);
}

type Counted = Extract<FanoutClientReport, { deliveries: number }>;

async function nextReport(child: ChildProcess): Promise<Counted> {
  for await (const [message] of on(child, "message")) {
    const report = message as FanoutClientReport;
    if ("deliveries" in report) return report;
  }
  throw new VoteError("internal-error", "A client process ended without a report.");
}

function sumOf(reports: readonly Counted[]): Counted {
  return {
    deliveries: reports.reduce((sum, { deliveries }) => sum + deliveries, 0),
    bytes: reports.reduce((sum, { bytes }) => sum + bytes, 0),
    lost: reports.reduce((sum, { lost }) => sum + lost, 0),
    fewest: Math.min(...reports.map(({ fewest }) => fewest)),
    most: Math.max(...reports.map(({ most }) => most)),
    latencies: reports.flatMap(({ latencies }) => latencies).sort(([a], [b]) => a - b),
  };
}

function quantiles(latencies: Counted["latencies"]) {
  const total = latencies.reduce((sum, [, count]) => sum + count, 0);
  const at = (share: number): number => {
    let seen = 0;
    const found = latencies.find(([, count]) => {
      seen += count;
      return seen >= total * share;
    });
    return (found?.[0] ?? 0) / 10;
  };
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
