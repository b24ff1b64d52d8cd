import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VoteError } from "../../core/errors.js";
import { cpuSecondsOf } from "../../telemetry/cpu.js";
import type { LoadOutcome } from "../measure/outcome.js";
import type { LoadOptions } from "../run/options.js";
import { ExternalStream } from "./external-stream.js";
import { type K6Exit, type K6Process, k6Version, startK6 } from "./k6-process.js";
import {
  ballotLines,
  ballotsFile,
  type K6Record,
  k6Options,
  k6Script,
  recordMark,
  secretVariable,
} from "./k6-script.js";
import { k6Report, k6Thresholds } from "./k6-summary.js";

interface K6Tools {
  /** Path of the program. */
  readonly program: string;
  /** Signs voters' tokens; k6 receives it in its environment. */
  readonly tokenSecret: Uint8Array;
}

const limits = [
  "Open loop, but a ballot for which no virtual user is free is dropped and counts as unsent.",
  "Latency counts from the actual send, which is known to the millisecond.",
  "Second votes and retries repeat a ballot of the same virtual user, so the seed fixes how many " +
    "there are, and not whose they are.",
];
const evenly = "Ballots are evenly spaced at the scenario's rate: k6 has no random arrivals.";

const scriptFile = "load.js";
const caFile = "authorities.pem";

/**
 * Sends a scenario's only stream with k6, in its own process, by a script written for the run.
 *
 * @throws VoteError `invalid-usage` for a scenario that k6 cannot send; `dependency-missing` if the
 *   program is not k6; `generator-failed` if k6 ended before it sent anything
 */
export async function runK6(options: LoadOptions, tools: K6Tools): Promise<LoadOutcome> {
  const stream = new ExternalStream(options, "k6");
  const version = await k6Version(tools.program);
  const folder = await mkdtemp(join(tmpdir(), "vote-load-k6-"));
  try {
    await stream.open();
    await writeFiles(stream, folder, options);
    return await new K6Run(stream, version, options, tools).run(folder);
  } finally {
    await stream.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeFiles(stream: ExternalStream, folder: string, options: LoadOptions) {
  const settings = k6Options(stream, k6Thresholds(options.scenario.thresholds ?? []));
  await writeFile(join(folder, scriptFile), k6Script(stream, settings), { mode: 0o600 });
  const { ca } = stream.target;
  if (ca !== undefined) await writeFile(join(folder, caFile), ca.join("\n"));
  const ballots = await open(join(folder, ballotsFile), "wx", 0o600);
  try {
    for (const lines of ballotLines(stream)) await ballots.write(lines);
  } finally {
    await ballots.close();
  }
}

class K6Run {
  readonly #stream: ExternalStream;
  readonly #version: string;
  readonly #options: LoadOptions;
  readonly #tools: K6Tools;
  #isReady = false;
  #cpuSeconds = 0;

  constructor(stream: ExternalStream, version: string, options: LoadOptions, tools: K6Tools) {
    this.#stream = stream;
    this.#version = version;
    this.#options = options;
    this.#tools = tools;
  }

  async run(folder: string): Promise<LoadOutcome> {
    const { signal } = this.#options;
    const { program, tokenSecret } = this.#tools;
    const k6 = startK6({
      program,
      folder,
      script: scriptFile,
      env: {
        [secretVariable]: Buffer.from(tokenSecret).toString("base64"),
        ...(this.#stream.target.ca === undefined ? {} : { SSL_CERT_FILE: join(folder, caFile) }),
      },
      mark: recordMark,
      onRecord: (text) => this.#take(JSON.parse(text) as K6Record),
    });
    const stop = () => k6.stop();
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) stop();
    await this.#stream.follow(k6.exited, () => void this.#measure(k6));
    signal?.removeEventListener("abort", stop);
    return this.#settle(await k6.exited);
  }

  #take(record: K6Record): void {
    const { account, startedAt } = this.#stream;
    if (record[0] === "ready") {
      this.#isReady = true;
      this.#stream.start();
      return;
    }
    if (record[0] === "second") {
      account.assignSecondVote(record[1], record[2]);
      return;
    }
    const [kind, index, sentAt, latency, status, body] = record;
    const answer = status === 0 ? undefined : { status, body };
    if (kind === "again") {
      account.retriesSent++;
      this.#stream.answeredAgain(answer);
      return;
    }
    const sentAtMs = Math.max(0, sentAt - startedAt);
    this.#stream.sentUpTo(index + 1, sentAtMs);
    const ids = this.#stream.idsOf(index);
    if (account.plan.drawsSecondVote(index, ids, 0) && !account.secondVotes.has(index)) {
      account.substituted++;
    }
    this.#stream.answered(index, answer, sentAtMs, sentAtMs + latency);
  }

  async #measure({ pid }: K6Process): Promise<void> {
    this.#cpuSeconds = (await cpuSecondsOf(pid)) ?? this.#cpuSeconds;
  }

  #settle(exit: K6Exit): Promise<LoadOutcome> {
    const { spec } = this.#stream;
    const interrupted = this.#options.signal?.aborted ?? false;
    const failure = interrupted ? undefined : failureOf(exit);
    if (failure !== undefined && !this.#isReady) {
      throw new VoteError("generator-failed", failure, { hint: "Nothing was sent." });
    }
    // Each virtual user may have begun one more ballot than it has reported.
    if (interrupted || failure !== undefined) this.#stream.assumeSent(spec.connections);
    return this.#stream.settle({
      name: "k6",
      processes: 1,
      cpuSeconds: this.#cpuSeconds,
      limits: spec.arrivals.spacing === "even" ? limits : [...limits, evenly],
      each: [],
      report: k6Report(exit.summary, this.#version),
      ...(failure === undefined ? {} : { failure }),
    });
  }
}

const thresholdsFailed = 99;

/** k6's exit codes, by its documentation. */
const exitCodes: Readonly<Record<number, string>> = {
  100: "setup timed out",
  101: "teardown timed out",
  102: "something timed out",
  104: "its options are not valid",
  105: "it was stopped by a signal",
  107: "its script threw",
  108: "its script gave up",
  109: "it crashed",
};

/** Why k6 failed. Undefined if it did not: a breached threshold is no failure. */
function failureOf({ code, signal, messages }: K6Exit): string | undefined {
  if (code === 0 || code === thresholdsFailed) return undefined;
  const how = code === undefined ? `by ${signal ?? "never starting"}` : `with ${code}`;
  const why = code === undefined ? undefined : exitCodes[code];
  const said = messages.length === 0 ? "" : `: ${messages.join(" / ")}`;
  return `k6 ended ${how}${why === undefined ? "" : ` (${why})`}${said}`;
}
