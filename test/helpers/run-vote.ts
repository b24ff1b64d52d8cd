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
  /** Ends what still runs and removes everything. */
  remove(): Promise<void>;
}

export function sandbox(): Sandbox {
  const path = mkdtempSync(join(tmpdir(), "vote-cli-"));
  const running = new Set<VoteProcess>();
  const start = (...args: string[]): VoteProcess => {
    const started = run(path, args);
    running.add(started);
    void started.finished.then(() => running.delete(started));
    return started;
  };
  return {
    path,
    dataDir: join(path, ".vote"),
    start,
    vote: (...args) => start(...args).finished,
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

function run(cwd: string, args: readonly string[]): VoteProcess {
  const { VOTE_DATA_DIR: _, LOG_LEVEL: __, FORCE_COLOR: ___, ...inherited } = process.env;
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    stdio: ["pipe", "pipe", "pipe"],
    env: {
      ...inherited,
      VOTE_SKIP_ENSURE: "1",
      VOTE_STOP_WITH_PARENT: "1",
      XDG_STATE_HOME: join(cwd, "state"),
      TMPDIR: cwd,
      NO_COLOR: "1",
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
