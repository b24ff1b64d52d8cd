import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { Account } from "../../../../../src/runtime/load/measure/account.js";
import { VisibleWatch } from "../../../../../src/runtime/load/measure/visible-watch.js";
import { BallotPlan, type PlanOptions } from "../../../../../src/runtime/load/plan/ballot-plan.js";
import type { HttpTarget } from "../../../../../src/runtime/load/send/http/http-target.js";
import type { SenderContext } from "../../../../../src/runtime/load/send/sender.js";
import { systemClock } from "../../../../../src/runtime/time/clock.js";
import { openEngine } from "../../../../../src/runtime/wiring/engine.js";
import { temporaryDirectory } from "../../../../helpers/temporary.js";

export const candidates = ["soup", "salad", "cake"];
export const partitions = 4;

export interface Request {
  /** From 0, in the order of arrival. */
  readonly number: number;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** What the server says to a request; undefined: it ends the connection. */
export type Answer = { readonly status: number; readonly body: object } | undefined;

/**
 * A real HTTP server on loopback that answers as the test says, and what a sender to it needs: the
 * account of one stream, and a watch on a real view. All ballots are due at 5 ms.
 */
export async function openSite(
  changes: Partial<PlanOptions>,
  answer: (request: Request) => Answer | Promise<Answer>,
  giveUpAfterMs = 30_000,
) {
  const requests: Request[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const { url: path = "", headers } = incoming;
    const number = requests.length;
    const request = { number, path, authorization: headers.authorization, body: "" };
    requests.push(request);
    request.body = await textOf(incoming);
    const given = await answer(request);
    if (given === undefined) return incoming.socket.destroy();
    const body = Buffer.from(JSON.stringify(given.body));
    outgoing.writeHead(given.status, { "content-length": body.length }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const plan = new BallotPlan({
    ...{ seed: 3, stream: "main", total: 6, weights: [5, 3, 2] },
    ...{ secondVoteShare: 0, retryShare: 0, minLag: 1, lagSpread: 1, ...changes },
  });
  const account = new Account(plan);
  const { view, visible, shown } = await openWatch();
  const latencies: { dueAt: number; ballots: number }[] = [];
  const context: SenderContext = {
    account,
    visible,
    schedule: { total: plan.total, durationMs: 5, dueBy: () => plan.total, timeOf: () => 5 },
    acknowledged: (dueAt, _sentAt, ballots) => latencies.push({ dueAt, ballots }),
    elapsed: systemClock.now,
    wallClock: systemClock.wallClock,
    sleep: systemClock.sleep,
    giveUpAfterMs,
  };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const options = {
    ...{ target: targetOf(url), election: "lunch", candidates, voterPrefix: "load-3-main" },
    connections: 2,
  };
  return { account, context, latencies, options, plan, requests, shown, view, visible };
}

/** A watch on the view of a real engine; `shown` has what became visible, by when it was due. */
export async function openWatch(now = () => 0) {
  const engine = await openEngine({ engine: "embedded", dataDir: await temporaryDirectory() });
  onTestFinished(() => engine.close());
  const shown: { dueAt: number; latencyMs: number; ballots: number }[] = [];
  const visible = new VisibleWatch({
    ...{ view: engine.view, election: "lunch", partitions, now },
    onVisible: (dueAt, latencyMs, ballots) => shown.push({ dueAt, latencyMs, ballots }),
  });
  /** The tally has come as far as this position. */
  const reach = (partition: number, position: number) =>
    engine.view.set("lunch", {
      ...{ partition, position, sequence: position, counts: [], rejections: [] },
      ...{ retriesAbsorbed: 0, sealed: false },
    });
  return { view: engine.view, visible, shown, reach };
}

/** Tokens that say whose they are. */
function targetOf(url: string): HttpTarget {
  return {
    url,
    voterToken: (voterId) => voterId,
    forgedToken: (_voterId, kind) => kind,
    gatewayToken: () => "gateway",
  };
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of incoming) text += chunk;
  return text;
}
