import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { type RunRequest, startOrderSchema } from "../../contracts/load/agent-requests.js";
import { check } from "../../contracts/schema/check.js";
import { type Election, requireOpen } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import { addProbes, createHttpServer, type HttpServer } from "../../http/server.js";
import type { KeyDirectory } from "../../keys/key-directory.js";
import type { Log } from "../../log/port.js";
import type { Registry } from "../../registry/port.js";
import type { Logger } from "../../telemetry/logger.js";
import type { Clock } from "../../time/clock.js";
import type { View } from "../../view/port.js";
import { signedTarget } from "../send/http/http-target.js";
import { AgentRun } from "./agent-run.js";
import { bearerCheck, requireAgentToken } from "./bearer.js";
import { encodeOutcome } from "./outcome-codec.js";
import { parseRunRequest } from "./run-request.js";

interface AgentOptions {
  readonly log: Log;
  readonly view: View;
  readonly registry: Registry;
  readonly keys: KeyDirectory;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Shared with the coordinator. */
  readonly token: string | undefined;
  /** Whether the agent may send to other machines: who started it says that they own them. */
  readonly ownsTargets?: boolean;
  readonly clock: Clock;
  /** A run that its coordinator has not asked about for this long is stopped and dropped. */
  readonly leaseMs?: number;
  readonly logger?: Logger;
}

interface RunningAgent {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

const maxRequestBytes = 128 * 2 ** 20;
/** How long to wait for the last answers of a run that its coordinator drops. */
const dropWithinMs = 1_000;
const stopWithinMs = 5_000;

/**
 * Starts a generator process that takes one share of one run at a time, over HTTP.
 *
 * @throws VoteError `invalid-configuration` without a token, `port-in-use`
 */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  const { host, port, clock, logger } = options;
  const server = createHttpServer({
    maxBodyBytes: maxRequestBytes,
    onUnexpected: (error) => logger?.error({ err: error }, "request failed unexpectedly"),
  });
  const slot = new RunSlot(options);
  const check = bearerCheck(requireAgentToken(options.token));
  server.app.addHook("onRequest", async ({ url, headers }) => {
    if (!url.startsWith("/v1/")) return;
    check(headers.authorization);
    slot.renewLease();
  });
  server.app.get("/v1/clock", async () => ({ now: clock.wallClock() }));
  addRunRoutes(server, slot);
  addProbes(server, () => {});
  const bound = await server.listen({ host, port });
  return {
    ...bound,
    async stop() {
      await slot.drop(stopWithinMs);
      await server.stop();
    },
  };
}

interface OneRun {
  Params: { run: string };
  Querystring: { latencies?: string };
}

function addRunRoutes({ app }: HttpServer, slot: RunSlot): void {
  app.post("/v1/runs", async (request, reply) => {
    const run = await slot.prepare(parseRunRequest(request.body));
    return reply.code(201).send({ run });
  });
  app.get<OneRun>("/v1/runs/:run", async ({ params, query }) =>
    slot.find(params.run).status(query.latencies !== undefined),
  );
  app.put<OneRun>("/v1/runs/:run/start", async ({ params, body }) => {
    const { startAt } = check(startOrderSchema, body, (field, detail) => {
      return new VoteError("bad-request", `${field === "" ? "The body" : field} ${detail}.`);
    });
    const run = slot.find(params.run);
    if (!run.start(startAt)) throw busy("This run was started or stopped before.");
    return run.status(false);
  });
  app.put<OneRun>("/v1/runs/:run/stop", async ({ params }) => {
    const run = slot.find(params.run);
    run.stop();
    return run.status(false);
  });
  app.get<OneRun>("/v1/runs/:run/outcome", async ({ params }, reply) => {
    const { outcome } = slot.find(params.run);
    if (outcome === undefined) throw busy("The run is not over: it has no outcome yet.");
    const pieces = slot.renewingLease(encodeOutcome(outcome));
    return reply.type("application/octet-stream").send(Readable.from(pieces));
  });
  app.delete<OneRun>("/v1/runs/:run", async ({ params }, reply) => {
    slot.find(params.run);
    await slot.drop(dropWithinMs);
    return reply.code(204).send();
  });
}

/** Holds the one run that an agent takes at a time, and drops it when its coordinator is gone. */
class RunSlot {
  readonly #options: AgentOptions;
  #current: { readonly id: string; readonly run: AgentRun } | undefined;
  #preparing = false;
  #leaseRenewedAt = 0;

  constructor(options: AgentOptions) {
    this.#options = options;
  }

  /** Any request of the coordinator shows that it is still there. */
  renewLease(): void {
    this.#leaseRenewedAt = this.#options.clock.now();
  }

  /** Renews the lease with every piece: a large outcome is one request, and takes a while. */
  *renewingLease<T>(pieces: Iterable<T>): Generator<T> {
    for (const piece of pieces) {
      this.renewLease();
      yield piece;
    }
  }

  /** @throws VoteError `agent-busy`, or why the run cannot be prepared */
  async prepare(request: ReturnType<typeof parseRunRequest>): Promise<string> {
    if (this.#preparing || this.#current !== undefined) {
      throw busy("This agent has a run already, and takes one at a time.");
    }
    this.#preparing = true;
    try {
      const run = await AgentRun.prepare(await this.#loadOptions(request));
      const id = randomBytes(16).toString("hex");
      this.#current = { id, run };
      void this.#watchLease(id);
      return id;
    } finally {
      this.#preparing = false;
    }
  }

  /** @throws VoteError `not-found` */
  find(id: string): AgentRun {
    if (this.#current?.id === id) return this.#current.run;
    throw new VoteError("not-found", "This agent does not have this run: it may have restarted.");
  }

  /** Stops the run, and forgets it once none of its ballots is under way; waits that long. */
  async drop(withinMs: number): Promise<void> {
    const dropped = this.#current;
    if (dropped === undefined) return;
    dropped.run.stop();
    const gone = dropped.run.ended.then(() => {
      if (this.#current === dropped) this.#current = undefined;
    });
    await Promise.race([gone, this.#options.clock.sleep(withinMs)]);
  }

  async #loadOptions(request: ReturnType<typeof parseRunRequest>) {
    const { log, view, registry, keys, clock } = this.#options;
    const { scenario, seed, target, giveUpAfterMs, drainWithinMs } = request;
    const election = await this.#openElection(request.election);
    const wallClock = () => clock.wallClock();
    const http =
      this.#allowed(target) && (await signedTarget(keys, target, election.id, wallClock));
    const run = { election, scenario, seed, log, view, registry, clock };
    return {
      ...run,
      giveUpAfterMs,
      drainWithinMs,
      ...(http && { http }),
      producerId: () => randomBytes(16),
      framesKey: await keys.signingKey("frames"),
    };
  }

  #allowed(target: RunRequest["target"]): target is NonNullable<RunRequest["target"]> {
    if (target?.owned === true && this.#options.ownsTargets !== true) {
      throw new VoteError("invalid-usage", "This agent sends to its own machine only.", {
        hint: "Start the agent with --i-own-this-target too.",
      });
    }
    return target !== undefined;
  }

  async #openElection(id: string): Promise<Election> {
    const election = await this.#options.registry.get(id);
    if (election === undefined) {
      throw new VoteError("unknown-election", `The agent's engine has no election ${id}.`, {
        hint: "Agents open the same engine as the coordinator: check --engine and --config.",
      });
    }
    requireOpen(election, this.#options.clock.wallClock());
    return election;
  }

  async #watchLease(id: string): Promise<void> {
    const { clock, logger, leaseMs = 30_000 } = this.#options;
    while (this.#current?.id === id) {
      await clock.sleep(Math.min(1_000, leaseMs / 4));
      if (this.#current?.id !== id || clock.now() - this.#leaseRenewedAt < leaseMs) continue;
      logger?.warn("the coordinator is gone: the run is dropped");
      await this.drop(leaseMs);
    }
  }
}

function busy(detail: string): VoteError {
  return new VoteError("agent-busy", detail, {
    hint: "Wait until it is done, or restart the agent.",
  });
}
