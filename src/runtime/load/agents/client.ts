import { failureOf } from "../../contracts/http/problem.js";
import {
  clockReadingSchema,
  preparedRunSchema,
  type RunRequest,
  type RunStatus,
  runStatusSchema,
} from "../../contracts/load/agent-requests.js";
import { type AnswerSchema, requireAnswer } from "../../contracts/schema/answer.js";
import { VoteError } from "../../core/errors.js";
import type { LoadOutcome } from "../measure/outcome.js";
import { type ClockOffset, type ClockSample, clockOffset } from "./clock-offset.js";
import { decodeOutcome, type ShareOfRun } from "./outcome-codec.js";

interface AgentClientOptions {
  /** Named in errors. */
  readonly name: string;
  /** Without a path. */
  readonly url: string;
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number;
}

const clockQuestions = 16;
const answerWithinMs = 10_000;
/** Opening the election's stores and planning may take a while. */
const prepareWithinMs = 60_000;

/** Talks to one agent for its coordinator. Throws every refusal as the VoteError that it is. */
export class AgentClient {
  readonly #options: AgentClientOptions;
  #run: string | undefined;

  constructor(options: AgentClientOptions) {
    this.#options = options;
  }

  /** Prepares a share. @throws VoteError `not-running`, `agent-busy`, or why it cannot be */
  async prepare(request: RunRequest): Promise<void> {
    const answer = await this.#send("POST", "/v1/runs", request, prepareWithinMs);
    this.#run = (await this.#read(preparedRunSchema, answer)).run;
  }

  /** Measures how far its clock is from ours. */
  async offset(): Promise<ClockOffset> {
    const { wallClock } = this.#options;
    const samples: ClockSample[] = [];
    for (let question = 0; question < clockQuestions; question++) {
      const askedAt = wallClock();
      const answer = await this.#send("GET", "/v1/clock");
      const { now: theirs } = await this.#read(clockReadingSchema, answer);
      samples.push({ askedAt, answeredAt: wallClock(), theirs });
    }
    return clockOffset(samples);
  }

  /** @param startAt by the agent's clock */
  async start(startAt: number): Promise<void> {
    await discard(await this.#send("PUT", `${this.#path()}/start`, { startAt }));
  }

  /** Ends the sending; ballots that are under way are still waited for. */
  async stop(): Promise<void> {
    await discard(await this.#send("PUT", `${this.#path()}/stop`));
  }

  /** @param withLatencies costs the agent some milliseconds */
  async status(withLatencies = false): Promise<RunStatus> {
    const query = withLatencies ? "?latencies=1" : "";
    const answer = await this.#send("GET", `${this.#path()}${query}`);
    return this.#read(runStatusSchema, answer);
  }

  /** Fetches a finished run's outcome. @throws VoteError `agent-lost` if it is cut short */
  async outcome(share: ShareOfRun): Promise<LoadOutcome> {
    const response = await this.#send("GET", `${this.#path()}/outcome`, undefined, Infinity);
    if (response.body === null) throw new VoteError("agent-lost", "The outcome has no body.");
    return decodeOutcome(chunksOf(response.body), share);
  }

  /** Lets the agent take another run. Does nothing if it has none. */
  async release(): Promise<void> {
    if (this.#run !== undefined) await discard(await this.#send("DELETE", this.#path()));
    this.#run = undefined;
  }

  #path(): string {
    return `/v1/runs/${this.#run}`;
  }

  async #read<Schema extends AnswerSchema>(schema: Schema, answer: Response) {
    const body: unknown = await answer.json().catch(() => undefined);
    return requireAnswer(schema, body, `the agent ${this.#options.name}`);
  }

  /** @param withinMs how long the answer may take, its body included */
  async #send(
    method: string,
    path: string,
    body?: object,
    withinMs = answerWithinMs,
  ): Promise<Response> {
    const { url, token } = this.#options;
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    const signal = withinMs === Infinity ? null : AbortSignal.timeout(withinMs);
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

/** Frees the connection for the next request. */
async function discard(answer: Response): Promise<void> {
  await answer.arrayBuffer();
}

async function* chunksOf(body: NonNullable<Response["body"]>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
