import cluster, { type Worker } from "node:cluster";
import { setTimeout as sleep } from "node:timers/promises";
import { VoteError } from "../core/errors.js";
import { Ports } from "./ports.js";
import { type Role, type RoleProcess, untilReady } from "./role-process.js";

export interface WorkersOptions {
  readonly role: Role;
  readonly count: number;
  /** 0 for any free one: all, and all successors, get the same. */
  readonly port: number;
  /** Told when one has ended without being told to; it is started again. */
  readonly onDeath: (pid: number, code: number) => void;
}

export interface Workers {
  readonly url: string | undefined;
  /** Process ids, as of now. */
  readonly pids: readonly number[];
  /** Tells all to drain, and waits for their end. */
  stop(): Promise<void>;
}

const firstDelayMs = 200;
const maxDelayMs = 10_000;

/** Whether this process is one of several that share a port: it does the work of one. */
export const isWorker = cluster.isWorker;

/**
 * Starts this very command several times over, as processes that share one port. Each accepts for
 * itself: handing connections on in turns spreads them no more evenly than to be worth ten times
 * the time, just when thousands come back at once.
 *
 * @throws VoteError what the first one said that failed, when not all could start
 */
export async function startWorkers(options: WorkersOptions): Promise<Workers> {
  const { role, count, onDeath } = options;
  const port = options.port === 0 ? await new Ports().choose() : options.port;
  const given = process.argv.slice(2);
  const isPort = (arg: string, at: number) =>
    /^--port(=|$)/.test(arg) || given[at - 1] === "--port";
  const args = [...given.filter((arg, at) => !isPort(arg, at)), "--port", String(port)];
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  cluster.setupPrimary({
    args: args.includes("--json") ? args : [...args, "--json"],
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const started = await Promise.allSettled(Array.from({ length: count }, () => startWorker(role)));
  const workers = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const failed = started.find((one) => one.status === "rejected");
  if (failed !== undefined) {
    await Promise.all(workers.map((one) => one.stop()));
    throw failed.reason;
  }
  const stopping = new AbortController();
  const kept = workers.map((first) => keep(first, { role, stopping: stopping.signal, onDeath }));
  return {
    url: workers[0].url,
    get pids() {
      return kept.map((one) => one.current.pid);
    },
    async stop() {
      stopping.abort();
      for (const { current } of kept) current.signal("SIGTERM");
      await Promise.all(kept.map(({ ended }) => ended));
    },
  };
}

async function startWorker(role: Role): Promise<RoleProcess> {
  // It ends with its channel to this process, not with its standard input.
  const { process: child }: Worker = cluster.fork({
    VOTE_STOP_WITH_PARENT: "0",
    VOTE_SKIP_ENSURE: "1",
  });
  const { stdout } = child;
  if (stdout === null) throw new VoteError("internal-error", "A worker has no standard output.");
  return untilReady(Object.assign(child, { stdout }), role);
}

interface Kept {
  current: RoleProcess;
  /** Resolves when the last process in this place has ended. */
  readonly ended: Promise<void>;
}

/** Starts another whenever one ends, later each time, until told to stop. */
function keep(
  first: RoleProcess,
  options: Pick<WorkersOptions, "role" | "onDeath"> & { readonly stopping: AbortSignal },
): Kept {
  const { role, onDeath, stopping } = options;
  const kept = { current: first, ended: Promise.resolve() };
  const run = async (): Promise<void> => {
    for (let delayMs = firstDelayMs; ; delayMs = Math.min(maxDelayMs, delayMs * 2)) {
      const { pid, exited } = kept.current;
      const code = await exited;
      if (stopping.aborted) return;
      onDeath(pid, code);
      await sleep(delayMs, undefined, { signal: stopping }).catch(() => undefined);
      if (stopping.aborted) return;
      // One that fails to start has ended, too: the next round waits longer.
      kept.current = await startWorker(role).catch(() => kept.current);
      // Told to stop while it was starting: it has not heard of it yet.
      if (stopping.aborted) kept.current.signal("SIGTERM");
    }
  };
  return Object.assign(kept, { ended: run() });
}
