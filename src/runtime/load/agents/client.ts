import type { RunRequest } from "../../contracts/agent-requests.js";
import { failureOf } from "../../contracts/problem.js";
import { VoteError } from "../../core/errors.js";
import type { LoadOutcome } from "../measure/outcome.js";
import { type ClockOffset, type ClockSample, clockOffset } from "./clock-offset.js";
import { decodeOutcome, type ShareOfRun } from "./outcome-codec.js";
import type { RunStatus } from "./protocol.js";

export interface AgentClientOptions {
  /** For errors. */
  readonly name: string;
  /** Without a path. */
  readonly url: string;
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number;
}

const clockQuestions = 16;
const answerWithinMs = 10_000;
/** Opening the election's stores and planning may take its time. */
const prepareWithinMs = 60_000;

/** One agent, as its coordinator sees it. Every refusal is thrown as the agent's VoteError. */
export class AgentClient {
  readonly #options: AgentClientOptions;
  #run: string | undefined;

  constructor(options: AgentClientOptions) {
    this.#options = options;
  }

  /** Opens a share of a run. @throws VoteError `not-running`, `agent-busy`, or why it cannot be */
  async prepare(request: RunRequest): Promise<void> {
    const { run } = (await this.#json("POST", "/v1/runs", request, prepareWithinMs)) as {
      run: string;
    };
    this.#run = run;
  }

  /** How far its clock is from ours. */
  async offset(): Promise<ClockOffset> {
    const { wallClock } = this.#options;
    const samples: ClockSample[] = [];
    for (let question = 0; question < clockQuestions; question++) {
      const askedAt = wallClock();
      const { now: theirs } = (await this.#json("GET", "/v1/clock")) as { now: number };
      samples.push({ askedAt, answeredAt: wallClock(), theirs });
    }
    return clockOffset(samples);
  }

  /** @param startAt by the agent's clock */
  async start(startAt: number): Promise<void> {
    await this.#json("PUT", `${this.#path()}/start`, { startAt });
  }

  async stop(): Promise<void> {
    await this.#json("PUT", `${this.#path()}/stop`);
  }

  /** @param withLatencies costs the agent some milliseconds */
  async status(withLatencies = false): Promise<RunStatus> {
    const query = withLatencies ? "?latencies=1" : "";
    return (await this.#json("GET", `${this.#path()}${query}`)) as RunStatus;
  }

  /** Of a finished run. @throws VoteError `agent-lost` when it does not come whole */
  async outcome(share: ShareOfRun): Promise<LoadOutcome> {
    const response = await this.#send("GET", `${this.#path()}/outcome`, undefined, undefined);
    if (response.body === null) throw new VoteError("agent-lost", "The outcome has no body.");
    return decodeOutcome(chunksOf(response.body), share);
  }

  /** Lets the agent take another run. Nothing to do for one that has none. */
  async release(): Promise<void> {
    if (this.#run !== undefined) await this.#json("DELETE", this.#path());
    this.#run = undefined;
  }

  #path(): string {
    return `/v1/runs/${this.#run}`;
  }

  async #json(
    method: string,
    path: string,
    body?: object,
    withinMs = answerWithinMs,
  ): Promise<unknown> {
    const response = await this.#send(method, path, body, withinMs);
    const text = await response.text();
    return text === "" ? undefined : JSON.parse(text);
  }

  async #send(
    method: string,
    path: string,
    body: object | undefined,
    withinMs: number | undefined,
  ): Promise<Response> {
    const { url, token } = this.#options;
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    const signal = withinMs === undefined ? null : AbortSignal.timeout(withinMs);
    const request = { method, headers, signal, body: body && JSON.stringify(body) };
    const response = await fetch(`${url}${path}`, request).catch((error: unknown) => {
      throw this.#unreachable(error);
    });
    if (!response.ok) throw await this.#refusal(response);
    return response;
  }

  #unreachable(error: unknown): VoteError {
    const { cause, message } = error as Error;
    const why = (cause as NodeJS.ErrnoException | undefined)?.code ?? message;
    if (why === "ECONNREFUSED" && this.#run !== undefined) {
      return new VoteError("agent-lost", "Nothing listens at its address any more.");
    }
    return new VoteError("not-running", `${this.#options.name} does not answer: ${why}.`, {
      hint: "Start it with `vote load agent`.",
      cause: error,
    });
  }

  async #refusal(response: Response): Promise<VoteError> {
    const failure = failureOf(await response.json().catch(() => undefined));
    const { code = "internal-error", message = `HTTP ${response.status}`, hint } = failure ?? {};
    return new VoteError(code, `${this.#options.name}: ${message}`, { hint });
  }
}

async function* chunksOf(body: NonNullable<Response["body"]>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
