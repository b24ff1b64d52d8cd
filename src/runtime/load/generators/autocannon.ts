import { createRequire } from "node:module";
import autocannon from "autocannon";
import type { GeneratorReport } from "../../contracts/load/generator-facts.js";
import { VoteError } from "../../core/errors.js";
import type { LoadOutcome } from "../measure/outcome.js";
import { blockWords } from "../plan/ballot-plan.js";
import type { LoadOptions } from "../run/options.js";
import { ExternalStream } from "./external-stream.js";

const limits = [
  "Closed loop: a connection waits for its answer before it sends its next ballot, so that a " +
    "stall lowers the rate instead of showing as latency.",
  "Latency counts from the actual send, not from when the ballot was due.",
  "The rate is a quota for each second, spent as fast as possible from the start of the second.",
  "Its correction for coordinated omission assumes ballots 1 ms apart, whatever the rate.",
];

const timeoutSeconds = 10;
/** Quotas are for whole seconds, so the last one may begin a second late. */
const graceMs = 1_500;

/**
 * Sends a scenario's only stream with autocannon, in this process: a closed loop with a constant
 * rate.
 *
 * @throws VoteError `invalid-usage` for a scenario that autocannon cannot send
 */
export async function runAutocannon(options: LoadOptions): Promise<LoadOutcome> {
  const stream = new ExternalStream(options, "autocannon");
  requireConstantRate(stream);
  const { signal } = options;
  try {
    await stream.open();
    stream.start();
    const feed = new BallotFeed(stream);
    const { ended, stop } = startCannon(cannonOptions(stream, feed));
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) stop();
    await stream.follow(ended, () => {
      if (stream.elapsed() > stream.durationMs + graceMs) stop();
    });
    signal?.removeEventListener("abort", stop);
    const result = await ended;
    const facts = { name: "autocannon", processes: 1, cpuSeconds: 0, limits, each: [] } as const;
    return await stream.settle({ ...facts, report: reportOf(result) });
  } finally {
    await stream.close();
  }
}

/** Once stopped, autocannon ends with its next sample, within a second. */
function startCannon(options: autocannon.Options) {
  let stop = () => {};
  const ended = new Promise<autocannon.Result>((resolve, reject) => {
    const instance = autocannon(options, (error: unknown, result) => {
      if (error) reject(error);
      else resolve(result);
    });
    stop = () => instance.stop();
  });
  return { ended, stop };
}

function requireConstantRate({ spec }: ExternalStream): void {
  const { pieces, spacing } = spec.arrivals;
  const rates = pieces.flatMap(({ fromPerSecond, toPerSecond }) => [fromPerSecond, toPerSecond]);
  if (spacing === "even" && rates.every((rate) => rate === rates[0])) return;
  throw new VoteError("invalid-usage", "autocannon sends at a constant rate only.", {
    hint: "Use --generator builtin or k6 for a rate that varies.",
  });
}

function cannonOptions(stream: ExternalStream, feed: BallotFeed): autocannon.Options {
  const { url, ca } = stream.target;
  const amount = feed.planned;
  const overallRate = Math.max(1, Math.ceil(amount / (stream.durationMs / 1_000)));
  return {
    url,
    // autocannon refuses more connections than requests, and could not give each a quota.
    connections: Math.min(stream.spec.connections, amount, overallRate),
    amount,
    overallRate,
    timeout: timeoutSeconds,
    ...(ca === undefined ? {} : { tlsOptions: { ca: [...ca] } }),
    requests: [
      {
        method: "POST",
        path: stream.path,
        setupRequest: (request, context) => feed.next(request, context),
        onResponse: (status, body, context) => feed.answered(status, body, context),
      },
    ],
  };
}

/** The ballot of a request; autocannon keeps one such object for each request. */
interface RequestContext {
  index?: number;
  /** A retry of an acknowledged ballot. */
  again?: boolean;
  sentAt?: number;
}

/** Hands the plan's ballots to autocannon's connections. */
class BallotFeed {
  /** Requests in all: ballots and retries. */
  readonly planned: number;
  readonly #stream: ExternalStream;
  readonly #retries: number[] = [];
  #lastAcknowledged = -1;

  constructor(stream: ExternalStream) {
    this.#stream = stream;
    this.planned = stream.account.plan.total + plannedRetries(stream);
  }

  next(request: autocannon.Request, context: RequestContext): autocannon.Request {
    const { account } = this.#stream;
    const again = this.#retries.pop();
    if (again !== undefined) return this.#send(request, context, again, true);
    if (account.sent < account.plan.total) return this.#sendFirst(request, context);
    // A planned retry was impossible, as its ballot was not acknowledged: repeat another one.
    if (this.#lastAcknowledged >= 0) {
      return this.#send(request, context, this.#lastAcknowledged, true);
    }
    return { ...request, method: "GET", body: undefined };
  }

  answered(status: number, body: string, { index, again, sentAt = 0 }: RequestContext): void {
    if (index === undefined) return;
    const answer = { status, body };
    if (again) this.#stream.answeredAgain(answer);
    else if (this.#stream.answered(index, answer, sentAt, this.#stream.elapsed())) {
      this.#lastAcknowledged = index;
    }
  }

  #sendFirst(request: autocannon.Request, context: RequestContext): autocannon.Request {
    const { account } = this.#stream;
    const index = account.sent;
    this.#stream.sentUpTo(index + 1, this.#stream.elapsed());
    const ids = this.#stream.idsOf(index);
    account.assignVoter(index, ids, 0);
    const retry = account.retryBeside(index, ids, 0);
    if (retry >= 0) this.#retries.push(retry);
    return this.#send(request, context, index, false);
  }

  #send(
    request: autocannon.Request,
    context: RequestContext,
    index: number,
    again: boolean,
  ): autocannon.Request {
    const { account, target, voterPrefix } = this.#stream;
    if (again) account.retriesSent++;
    Object.assign(context, { index, again, sentAt: this.#stream.elapsed() });
    const ids = this.#stream.idsOf(index);
    const voter = account.voterOf(index, ids, 0);
    return {
      ...request,
      headers: {
        ...request.headers,
        "Content-Type": "application/json",
        Authorization: `Bearer ${target.voterToken(`${voterPrefix}-${voter}`)}`,
      },
      body: this.#stream.bodyOf(ids),
    };
  }
}

/** How many retries the plan draws. */
function plannedRetries({ account }: ExternalStream): number {
  const { plan } = account;
  const chunk = 8_192;
  let retries = 0;
  for (let from = 0; from < plan.total; from += chunk) {
    const count = Math.min(chunk, plan.total - from);
    const blocks = new Int32Array(count * blockWords);
    for (let k = 0; k < count; k++) blocks[k * blockWords] = from + k;
    const ids = plan.idsOf(blocks);
    for (let k = 0; k < count; k++) {
      if (plan.drawsRetry(from + k, ids, k * blockWords)) retries++;
    }
  }
  return retries;
}

function reportOf(result: autocannon.Result): GeneratorReport {
  const { latency, requests, errors, non2xx, duration } = result;
  const manifest: unknown = createRequire(import.meta.url)("autocannon/package.json");
  return {
    version: (manifest as { version: string }).version,
    requests: requests.total,
    requestsPerSecond: Math.round(requests.total / Math.max(duration, 0.001)),
    failed: errors + non2xx,
    latencyMs: {
      p50: latency.p50,
      p90: latency.p90,
      p99: latency.p99,
      p999: latency.p99_9,
      max: latency.max,
    },
    thresholds: [],
  };
}
