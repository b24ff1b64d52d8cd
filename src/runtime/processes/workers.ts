import cluster, { type Worker } from "node:cluster";
import { VoteError } from "../core/errors.js";
import { Ports } from "./ports.js";
import { allOrNone, type Role, type RoleProcess, untilReady } from "./role-process.js";
import { type SupervisorEvent, supervise } from "./supervise.js";

/** Options of `startWorkers`. */
export interface WorkersOptions {
  readonly role: Role;
  readonly count: number;
  /** 0 chooses a free one, which all workers and their successors share; none: they listen not. */
  readonly port?: number;
  readonly onEvent: (event: SupervisorEvent) => void;
}

/** Processes that share the work of one role. */
export interface Workers {
  readonly url: string | undefined;
  /** Their current process ids. */
  readonly pids: readonly number[];
  /** Drains all of them and waits for their end. */
  stop(): Promise<void>;
}

/**
 * Starts this command several times, as processes that share one port. Each accepts connections by
 * itself: passing them on in turns takes ten times as long when thousands of clients reconnect, and
 * spreads them little better.
 *
 * @throws VoteError the error of the first worker that could not start
 */
export async function startWorkers(options: WorkersOptions): Promise<Workers> {
  const { role, count, onEvent } = options;
  const args = await workerArgs(options.port);
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  cluster.setupPrimary({
    args: args.includes("--json") ? args : [...args, "--json"],
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const workers = await allOrNone(Array.from({ length: count }, () => startWorker(role)));
  const supervised = workers.map((first) => supervise(first, () => startWorker(role), onEvent));
  return {
    url: workers[0].url,
    get pids() {
      return supervised.map(({ pid }) => pid);
    },
    async stop() {
      await Promise.all(supervised.map((one) => one.stop()));
    },
  };
}

/** This process's own arguments, with the port that all share. */
async function workerArgs(wanted: number | undefined): Promise<string[]> {
  const given = process.argv.slice(2);
  if (wanted === undefined) return given;
  const port = wanted === 0 ? await new Ports().choose() : wanted;
  const isPort = (arg: string, at: number) =>
    /^--port(=|$)/.test(arg) || given[at - 1] === "--port";
  return [...given.filter((arg, at) => !isPort(arg, at)), "--port", String(port)];
}

async function startWorker(role: Role): Promise<RoleProcess> {
  // A worker ends with its channel to this process, not with its standard input.
  const { process: child }: Worker = cluster.fork({
    VOTE_STOP_WITH_PARENT: "0",
    VOTE_SKIP_ENSURE: "1",
  });
  const { stdout } = child;
  if (stdout === null) throw new VoteError("internal-error", "A worker has no standard output.");
  return untilReady(Object.assign(child, { stdout }), role);
}
