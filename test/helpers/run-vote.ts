import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../bin/run.js", import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A `vote` command as a real process, with what it has printed so far. */
export interface VoteProcess {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** Resolves with the first line of stdout that matches; rejects if the process ends before. */
  line(pattern: RegExp): Promise<string>;
}

/** A directory with its own data directory and its own state, so that no other test is found. */
export interface Sandbox {
  readonly path: string;
  readonly dataDir: string;
  vote(...args: string[]): Promise<Finished>;
  start(...args: string[]): VoteProcess;
  /** With variables added to the environment. */
  startIn(environment: Readonly<Record<string, string>>, ...args: string[]): VoteProcess;
  /** Ends what still runs and removes everything. */
  remove(): Promise<void>;
}

export function sandbox(): Sandbox {
  const path = mkdtempSync(join(tmpdir(), "vote-cli-"));
  const running = new Set<VoteProcess>();
  const startIn = (environment: Record<string, string>, ...args: string[]): VoteProcess => {
    const started = run(path, args, environment);
    running.add(started);
    void started.finished.then(() => running.delete(started));
    return started;
  };
  return {
    path,
    dataDir: join(path, ".vote"),
    start: (...args) => startIn({}, ...args),
    startIn,
    vote: (...args) => startIn({}, ...args).finished,
    async remove() {
      for (const { child, finished } of [...running]) {
        // The end of its standard input lets it clean up after itself; the rest is for a stuck one.
        child.stdin?.end();
        const bound = setTimeout(() => child.kill("SIGKILL"), 20_000);
        await finished;
        clearTimeout(bound);
      }
      rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** Where the developer's own set-up would show through. */
const ownSettings = /^(VOTE_|LOG_LEVEL$|FORCE_COLOR$)/;

function run(
  cwd: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): VoteProcess {
  const inherited = Object.entries(process.env).filter(([name]) => !ownSettings.test(name));
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    stdio: ["pipe", "pipe", "pipe"],
    env: {
      ...Object.fromEntries(inherited),
      VOTE_SKIP_ENSURE: "1",
      VOTE_STOP_WITH_PARENT: "1",
      XDG_STATE_HOME: join(cwd, "state"),
      XDG_CONFIG_HOME: join(cwd, "configuration"),
      TMPDIR: cwd,
      NO_COLOR: "1",
      ...environment,
    },
  });
  child.stdin.on("error", () => {});
  let stdout = "";
  let stderr = "";
  const waiting = new Set<() => void>();
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
    for (const look of waiting) look();
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const finished = new Promise<Finished>((resolve) => {
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
  const line = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = stdout
          .split("\n")
          .slice(0, -1)
          .find((text) => pattern.test(text));
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
      void finished.then(({ code }) =>
        reject(new Error(`ended with ${code} before ${pattern}: ${stdout}${stderr}`)),
      );
    });
  return { child, finished, line };
}
