import { execFile, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { VoteError } from "../../core/errors.js";

const maxMessages = 5;
const maxMessageLength = 400;
const maxSummaryBytes = 4 * 1_024 * 1_024;
/** The time k6 has to stop, longer than its requests under way may take. */
const stopWithinMs = 20_000;

export interface K6Exit {
  /** Undefined if a signal ended it, or if it never started. */
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  /** What it wrote to stdout. */
  readonly summary: string;
  /** Its last lines on stderr. */
  readonly messages: readonly string[];
}

export interface K6Process {
  readonly pid: number;
  /** Never rejects. */
  readonly exited: Promise<K6Exit>;
  /** Asks k6 to stop, and kills it if it does not. */
  stop(): void;
}

interface K6ProcessOptions {
  readonly program: string;
  /** Holds the script and its data; also k6's home, so that no user's settings apply. */
  readonly folder: string;
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  /** The script's lines on stderr begin with this. */
  readonly mark: string;
  /** Receives those lines without the mark. */
  readonly onRecord: (text: string) => void;
}

/** k6 runs in isolation: no usage report, no server, no extensions, no user's settings. */
const switches = ["--quiet", "--no-usage-report", "--no-color", "--log-format", "raw"];
const noServer = ["--address", ""];

/** Starts k6 in its own process group, so that Ctrl+C reaches it only through `stop`. */
export function startK6(options: K6ProcessOptions): K6Process {
  const { program, folder, script, env, mark, onRecord } = options;
  const child = spawn(program, ["run", ...switches, ...noServer, script], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    windowsHide: true,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      XDG_CONFIG_HOME: folder,
      K6_AUTO_EXTENSION_RESOLUTION: "false",
      ...env,
    },
  });
  const messages: string[] = [];
  let summary = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    if (summary.length < maxSummaryBytes) summary += chunk;
  });
  createInterface({ input: child.stderr, crlfDelay: Number.POSITIVE_INFINITY }).on(
    "line",
    (line) => {
      if (line.startsWith(mark)) return onRecord(line.slice(mark.length));
      if (line.trim() !== "") messages.push(printable(line));
      if (messages.length > maxMessages) messages.shift();
    },
  );
  let killing: NodeJS.Timeout | undefined;
  const exited = new Promise<K6Exit>((resolve) => {
    const end = (code?: number | null, signal?: NodeJS.Signals | null) => {
      clearTimeout(killing);
      resolve({ code: code ?? undefined, signal: signal ?? undefined, summary, messages });
    };
    child.once("error", (error) => {
      messages.push(printable(error.message));
      end();
    });
    // At "close", unlike at "exit", every line has been read.
    child.once("close", end);
  });
  return {
    pid: child.pid ?? 0,
    exited,
    stop() {
      if (killing !== undefined) return;
      child.kill("SIGINT");
      killing = setTimeout(() => child.kill("SIGKILL"), stopWithinMs);
    },
  };
}

const run = promisify(execFile);

/**
 * Asks a program for k6's version.
 *
 * @returns as "1.8.1"
 * @throws VoteError `dependency-missing` if the program is not k6
 */
export async function k6Version(program: string): Promise<string> {
  const said = await run(program, ["version"], { timeout: 30_000 }).then(
    ({ stdout }) => stdout,
    () => "",
  );
  const [, version] = /^k6(?:\.exe)? v(\d+\.\d+\.\d+\S*)/.exec(said) ?? [];
  if (version !== undefined) return version;
  throw new VoteError("dependency-missing", `${program} does not answer as k6 does.`, {
    hint: "Install k6 with: go install go.k6.io/k6@latest, or set VOTE_K6 to it.",
  });
}

/** Another program's output must not move the cursor. */
function printable(line: string): string {
  return line
    .replace(/[\p{Cc}\p{Cf}]+/gu, " ")
    .trim()
    .slice(0, maxMessageLength);
}
