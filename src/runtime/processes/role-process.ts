import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { failureOf } from "../contracts/http/problem.js";
import { errorCatalogue, VoteError } from "../core/errors.js";

export type Role = "ingest" | "tally" | "serve" | "admin" | "certify" | "load agent";

/** Options of `startRole`. */
export interface RoleOptions {
  readonly role: Role;
  /** Arguments after the role: `["--data-dir", path, "--port", "0"]`. */
  readonly args?: readonly string[];
  /** Variables added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The role must be ready within this. Default 30,000. */
  readonly readyTimeoutMs?: number;
  /** Receives what the role writes to stderr. Default: this process's stderr. */
  readonly onLog?: (chunk: Buffer) => void;
}

/** The line of JSON that a role prints once it is ready. */
export interface RoleReady {
  readonly role: string;
  readonly pid: number;
  /** Where the role listens; for a tally, its status port. */
  readonly url?: string;
  /** Where Prometheus scrapes it, if anywhere. */
  readonly metricsUrl?: string;
  /** Process ids of the workers, when several share the role. */
  readonly workers?: readonly number[];
}

/** A role that runs as a process. */
export interface RoleProcess {
  readonly role: Role;
  readonly pid: number;
  readonly url: string | undefined;
  readonly metricsUrl: string | undefined;
  readonly ready: RoleReady;
  /** Resolves with the exit code, 128 + n after signal n. Never rejects. */
  readonly exited: Promise<number>;
  /** Sends a signal (default SIGTERM: drain and end) and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<number>;
  /** Sends a signal without waiting: SIGSTOP, SIGCONT, SIGKILL. */
  signal(signal: NodeJS.Signals): void;
}

// The same from src/ and dist/: both lie three levels below the package.
const program = fileURLToPath(new URL("../../../bin/run.js", import.meta.url));

/**
 * Starts `vote ROLE --json` as a separate process and waits until it is ready. The process leads
 * its own group, so that Ctrl+C reaches only the parent, which stops its roles in order. It ends by
 * itself when the parent ends for any reason.
 *
 * @throws VoteError what the role said if it failed; `internal-error` if it said nothing in time
 */
export async function startRole(options: RoleOptions): Promise<RoleProcess> {
  const { role, args = [], env = {}, readyTimeoutMs, onLog } = options;
  const child = spawn(process.execPath, [program, ...role.split(" "), "--json", ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
    windowsHide: true,
    env: { ...process.env, VOTE_SKIP_ENSURE: "1", VOTE_STOP_WITH_PARENT: "1", ...env },
  });
  // Nothing is written to the pipe: its end tells the role that this process has ended.
  child.stdin.on("error", () => {});
  child.stderr.on("data", onLog ?? ((chunk: Buffer) => process.stderr.write(chunk)));
  return untilReady(child, role, readyTimeoutMs);
}

/**
 * Waits until a new process prints on standard output that it is ready.
 *
 * @throws VoteError what it said if it failed; `internal-error` if it said nothing in time
 */
export async function untilReady(
  child: RoleChild,
  role: Role,
  readyTimeoutMs = 30_000,
): Promise<RoleProcess> {
  const exited = exitOf(child);
  const signal = (name: NodeJS.Signals) => void child.kill(name);
  const ready = await readyLine(child, role, exited, readyTimeoutMs).catch(async (error) => {
    signal("SIGKILL");
    await exited;
    throw error;
  });
  return {
    role,
    pid: ready.pid,
    url: ready.url,
    metricsUrl: ready.metricsUrl,
    ready,
    exited,
    signal,
    stop(name = "SIGTERM") {
      signal(name);
      return exited;
    },
  };
}

type RoleChild = ChildProcess & { readonly stdout: Readable };

function exitOf(child: RoleChild): Promise<number> {
  return new Promise((resolve) => {
    child.once("error", () => resolve(errorCatalogue["internal-error"].exitCode));
    // "close" comes after everything that the role printed has been read; "exit" may come before.
    child.once("close", (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
}

async function readyLine(
  child: RoleChild,
  role: Role,
  exited: Promise<number>,
  timeoutMs: number,
): Promise<RoleReady> {
  const lines = createInterface({ input: child.stdout });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<RoleReady>((resolve, reject) => {
      const fail = (what: string) => reject(new VoteError("internal-error", `${role} ${what}.`));
      timer = setTimeout(() => fail(`was not ready within ${timeoutMs} ms`), timeoutMs);
      child.once("error", (error) => fail(`could not be started: ${error.message}`));
      void exited.then((code) => fail(`ended with ${code} before it was ready`));
      lines.on("line", (line) => {
        const said = parseLine(line);
        const failure = failureOf(said?.error);
        if (failure !== undefined) reject(failure);
        else if (said?.pid !== undefined) resolve(said as RoleReady);
      });
    });
  } finally {
    clearTimeout(timer);
    // Reads and drops the rest, so that the role never blocks on a full pipe.
    lines.removeAllListeners("line");
  }
}

interface RoleLine extends Partial<RoleReady> {
  readonly error?: unknown;
}

function parseLine(line: string): RoleLine | undefined {
  try {
    return JSON.parse(line) as RoleLine;
  } catch {
    return undefined;
  }
}

/** What all of them start as. If one does not start, those that did are stopped, and it throws. */
export async function allOrNone<T extends { stop(): Promise<unknown> }>(
  starting: readonly Promise<T>[],
): Promise<T[]> {
  const started = await Promise.allSettled(starting);
  const running = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const failed = started.find((one) => one.status === "rejected");
  if (failed === undefined) return running;
  await Promise.all(running.map((one) => one.stop()));
  throw failed.reason;
}
