import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf, VoteError } from "../../core/errors.js";
import { processIdentity } from "../../processes/process-identity.js";
import type { Probe } from "./probes.js";
import type { Service } from "./versions.js";

/** How to run and probe one server. */
export interface ServerSpec {
  /** `kafka-1`, `dynamodb`, `redis`. */
  readonly name: string;
  readonly service: Service;
  readonly port: number;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The file to which every start appends its output. */
  readonly log: string;
  readonly probe: Probe;
}

/** A process by id and identity, so that a later one with the same id is never mistaken for it. */
export interface ServerProcess {
  readonly pid: number;
  readonly identity: string;
}

const setpriv = "/usr/bin/setpriv";

/**
 * Starts the server in its own session, out of reach of Ctrl+C and of this process's end.
 *
 * @param endWithParent where the system can (Linux): it is killed when this process ends, however
 *   that happens. For tests.
 */
export function launch(spec: ServerSpec, endWithParent: boolean): ServerProcess {
  mkdirSync(spec.cwd, { recursive: true, mode: 0o700 });
  mkdirSync(dirname(spec.log), { recursive: true, mode: 0o700 });
  const tied = endWithParent && existsSync(setpriv);
  const command = tied ? setpriv : spec.command;
  const args = tied ? ["--pdeathsig", "KILL", spec.command, ...spec.args] : spec.args;
  const log = openSync(spec.log, "a", 0o600);
  try {
    const stdio = ["ignore", log, log] as const;
    const child = spawn(command, args, { cwd: spec.cwd, detached: true, stdio: [...stdio] });
    child.once("error", () => {});
    child.unref();
    const { pid } = child;
    const identity = pid === undefined ? undefined : processIdentity(pid);
    if (pid !== undefined && identity !== undefined) return { pid, identity };
  } finally {
    closeSync(log);
  }
  throw new VoteError("not-running", `${spec.name} could not be started: ${spec.command}.`, {
    hint: `Its log is ${spec.log}.`,
  });
}

/** Whether exactly this process still runs. */
export function isRunning({ pid, identity }: ServerProcess): boolean {
  return processIdentity(pid) === identity;
}

/** Sends a signal if the process still runs, but never to a later one with the same id. */
export function signalProcess(server: ServerProcess, signal: NodeJS.Signals): boolean {
  if (!isRunning(server)) return false;
  try {
    process.kill(server.pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

const lookEveryMs = 40;
const killedWithinMs = 10_000;

/**
 * Sends a signal that ends a process, waits until it is gone, and kills it if that takes too long.
 *
 * @throws VoteError `not-running` never; `internal-error` if not even SIGKILL has ended it
 */
export async function endProcess(
  server: ServerProcess,
  signal: NodeJS.Signals,
  withinMs: number,
): Promise<void> {
  signalProcess(server, signal);
  if (await isGone(server, withinMs)) return;
  signalProcess(server, "SIGKILL");
  if (await isGone(server, killedWithinMs)) return;
  throw new VoteError("internal-error", `Process ${server.pid} does not end.`);
}

async function isGone(server: ServerProcess, withinMs: number): Promise<boolean> {
  const end = performance.now() + withinMs;
  while (isRunning(server)) {
    if (performance.now() > end) return false;
    await sleep(lookEveryMs);
  }
  return true;
}

/**
 * Waits until a server answers its probe.
 *
 * @throws VoteError `not-running` with the end of its log when it has ended or takes too long
 */
export async function untilReady(
  spec: ServerSpec,
  server: ServerProcess,
  withinMs: number,
): Promise<void> {
  const end = performance.now() + withinMs;
  for (;;) {
    const reason = await spec.probe().then(() => undefined, messageOf);
    if (reason === undefined && isRunning(server)) return;
    if (!isRunning(server)) throw await failed(spec, "ended before it was ready");
    if (performance.now() > end) {
      throw await failed(spec, `was not ready within ${withinMs} ms (${reason})`);
    }
    await sleep(lookEveryMs);
  }
}

async function failed(spec: ServerSpec, what: string): Promise<VoteError> {
  const text = await readFile(spec.log, "utf8").catch(() => "");
  const lines = text.trimEnd().split("\n");
  const telling = lines.findLast((line) => /exception|error|fatal/i.test(line) && !isFrame(line));
  const last = (telling ?? lines.at(-1) ?? "").trim().slice(0, 400);
  const said = last === "" ? "" : ` It said: ${last}`;
  return new VoteError("not-running", `${spec.name} ${what}.${said}`, {
    hint: `The whole log is ${spec.log}.`,
  });
}

/** A line of a Java stack trace. */
const isFrame = (line: string): boolean => /^\s+(at|\.\.\.) /.test(line);
