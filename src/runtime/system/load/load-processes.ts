import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { type EngineChoice, engineArgs } from "../../config/engine-choice.js";
import type { GeneratorName } from "../../contracts/load/generator-facts.js";
import { VoteError } from "../../core/errors.js";
import { authoritiesWith } from "../../http/trust.js";
import type { AgentAddress } from "../../load/agents/addresses.js";
import type { Agent } from "../../load/agents/agent-share.js";
import { AgentClient } from "../../load/agents/client.js";
import { runShared } from "../../load/agents/coordinate.js";
import { runGenerator } from "../../load/generators/run-generator.js";
import type { LoadOutcome } from "../../load/measure/outcome.js";
import type { LoadOptions } from "../../load/run/options.js";
import type { LoadProgress } from "../../load/run/progress.js";
import type { Scenario } from "../../load/scenario/scenario.js";
import { signedTarget } from "../../load/send/http/http-target.js";
import { allOrNone, type RoleProcess, startRole } from "../../processes/role-process.js";
import { noWatch, type WorkWatch, watchSeconds } from "../../telemetry/work-watch.js";
import { systemClock } from "../../time/clock.js";
import type { Engine } from "../../wiring/engine.js";
import { findK6 } from "./k6-program.js";

/** The processes that send: started on this machine for the run, or agents that run already. */
export type GeneratorProcesses =
  | { readonly count: number; readonly choice: EngineChoice }
  | { readonly agents: readonly AgentAddress[]; readonly token: string };

/** How to send a scenario. */
export interface GenerateOptions
  extends Pick<
    LoadOptions,
    "election" | "seed" | "signal" | "giveUpAfterMs" | "drainWithinMs" | "onReady"
  > {
  readonly engine: Engine;
  readonly scenario: Scenario;
  /** The ingest's address, for streams over HTTP. */
  readonly target?: string;
  /** The target may be another machine. */
  readonly ownsTarget?: boolean;
  /** File with the certificate of the CA of an https:// target. */
  readonly caFile?: string | undefined;
  /** The token of batches. Default: one signed with the engine's own secret. */
  readonly gatewayToken?: string | undefined;
  /** What sends the ballots. Default: builtin. */
  readonly generator?: GeneratorName;
  /** The processes that send. Default: this one. */
  readonly processes?: GeneratorProcesses;
  /** The time from here to the first ballot, at least. */
  readonly leadMs?: number;
  /** Receives the time of the first ballots, in milliseconds since the epoch, ahead of it. */
  readonly onStart?: (startAt: number) => void;
  /** Progress includes the latencies of other processes too. */
  readonly withLatencies?: boolean;
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Hears how long it takes until everything is ready to send. */
  readonly preparation?: WorkWatch;
}

/**
 * Sends a scenario: from this process, from workers started for it, or from agents.
 *
 * @throws VoteError before anything is sent; `agent-lost` if every process is lost
 */
export async function generate(options: GenerateOptions): Promise<LoadOutcome> {
  let onReady = () => {};
  const isReady = new Promise<void>((resolve) => {
    onReady = resolve;
  });
  const sending = send({ ...options, onReady });
  await watchSeconds(options.preparation ?? noWatch, "Preparing", undefined, async () => {
    await Promise.race([isReady, sending]);
  });
  return sending;
}

async function send(options: GenerateOptions): Promise<LoadOutcome> {
  const { processes, generator = "builtin" } = options;
  if (processes === undefined) return generateHere(options);
  if (generator !== "builtin") {
    throw new VoteError("invalid-usage", `${generator} has its own processes.`, {
      hint: "Only the builtin generator runs in several: leave out --processes and --agents.",
    });
  }
  if ("agents" in processes) {
    const { agents, token } = processes;
    return generateBy(
      options,
      agents.map((address) => agentAt(address, token)),
    );
  }
  return withWorkers(processes, options, (agents) => generateBy(options, agents));
}

async function generateHere(options: GenerateOptions): Promise<LoadOutcome> {
  const { engine, target: url, ownsTarget: owned, leadMs = 0, onStart } = options;
  const ca = options.caFile === undefined ? undefined : await authoritiesWith(options.caFile);
  const { log, view, registry, keys } = engine;
  const signed =
    url === undefined
      ? undefined
      : await signedTarget(keys, { url, owned, ca }, options.election.id, systemClock.wallClock);
  const { gatewayToken: given } = options;
  const http = signed && given !== undefined ? { ...signed, gatewayToken: () => given } : signed;
  const producerId = () => randomBytes(16);
  const startAt = systemClock.wallClock() + leadMs;
  onStart?.(startAt);
  const framesKey = await keys.signingKey("frames");
  const parts = { log, view, registry, http, producerId, framesKey };
  const sending = { ...options, ...parts, startAt, clock: systemClock };
  return runGenerator(options.generator ?? "builtin", sending, {
    tokenSecret: () => keys.tokenSecret(),
    k6Program: findK6,
  });
}

function generateBy(options: GenerateOptions, agents: readonly Agent[]): Promise<LoadOutcome> {
  const { target: url, ownsTarget: owned = false } = options;
  const target = url === undefined ? undefined : { url, owned };
  const onStart = (startAt: number) => {
    options.onStart?.(startAt);
    options.onReady?.();
  };
  return runShared({ ...options, agents, target, onStart, clock: systemClock });
}

function agentAt({ name, url }: AgentAddress, token: string): Agent {
  const { wallClock } = systemClock;
  return { name, client: new AgentClient({ name, url, token, wallClock }) };
}

/** Starts agents on this machine, and stops them after the work. */
async function withWorkers<T>(
  { count, choice }: Extract<GeneratorProcesses, { count: number }>,
  { ownsTarget, caFile }: GenerateOptions,
  work: (agents: readonly Agent[]) => Promise<T>,
): Promise<T> {
  const token = randomBytes(32).toString("hex");
  // An operator's token file is for agents elsewhere, not for these.
  const env = {
    VOTE_AGENT_TOKEN: token,
    VOTE_AGENT_TOKEN_FILE: "",
    ...(caFile === undefined ? {} : { NODE_EXTRA_CA_CERTS: resolve(caFile) }),
  };
  const owning = ownsTarget === true ? ["--i-own-this-target"] : [];
  const args = [...engineArgs(choice), "--port", "0", "--log-level", "warn", ...owning];
  const workers = await allOrNone(
    Array.from({ length: count }, () => startRole({ role: "load agent", args, env })),
  );
  try {
    return await work(workers.map((worker, number) => agentOf(worker, number, token)));
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
}

function agentOf({ url = "", pid, exited }: RoleProcess, number: number, token: string): Agent {
  const name = `process ${number + 1}`;
  const gone = exited.then((code) => `process ${pid} ended with ${code}`);
  return { ...agentAt({ name, url }, token), gone };
}
