import { isUtf8 } from "node:buffer";
import type { FastifyReply, FastifyRequest } from "fastify";
import { requireNotSuspended } from "../core/abuse/gateways.js";
import { requireOpen } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { maxBatchBallots, maxBatchBodyBytes } from "../core/limits.js";
import { prefers } from "../http/preference.js";
import { unsupportedMediaType } from "../http/problem.js";
import { shuttingDown } from "../http/server.js";
import { requireForElection } from "../keys/authentication/token-claims.js";
import { type Bearer, nameOf } from "../keys/authentication/token-verifier.js";
import type { BodyShare } from "./bodies/body-budget.js";
import { BodyReader } from "./bodies/body-reader.js";
import type { IngestContext } from "./context.js";
import { requireElectionId } from "./election/election-cache.js";
import { LineTaker } from "./line-taker.js";
import { findCanonicalLines } from "./lines/canonical-lines.js";
import { countLines, parseFlatObjects, parseLines } from "./lines/ndjson.js";

declare module "fastify" {
  interface FastifyRequest {
    /** The name of the gateway whose token it has. */
    gateway: string;
    /** That gateway, as its token says. */
    bearer: Bearer | null;
    /** What its body takes of the memory for all of them. */
    bodyShare: BodyShare | null;
  }
}

const batchType = "application/x-ndjson";
/** Asks for the summary alone. */
const minimalPreference = /(^|[,;\s])return\s*=\s*"?minimal"?\s*($|[,;])/i;

type BatchRequest = FastifyRequest<{ Params: { id: string }; Body: unknown }>;

/**
 * `POST /v1/elections/:id/ballots:batch`: ballots of many voters, whom a trusted gateway asserts. A
 * bad line is refused alone; the others pass.
 */
export function addBatchRoute(context: IngestContext): void {
  const reader = new BodyReader(maxBatchBodyBytes);
  // A scope of its own gives the route its own body parser.
  context.server.app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.decorateRequest("gateway", "");
    scope.decorateRequest("bearer", null);
    scope.decorateRequest("bodyShare", null);
    scope.addContentTypeParser(
      batchType,
      { bodyLimit: maxBatchBodyBytes },
      (request, payload, done) => reader.read(payload, lengthOf(request), done),
    );
    scope.post<{ Params: { id: string }; Body: unknown }>(
      "/v1/elections/:id/ballots::batch",
      {
        bodyLimit: maxBatchBodyBytes,
        // Before the body, so that nobody without a token makes us hold megabytes.
        onRequest: (request, reply, done) => {
          context.admit();
          const gateway = context.verifier.verify(request.headers.authorization, "gateway");
          request.bearer = gateway;
          request.gateway = nameOf(gateway);
          context.limits.requireSome(request.gateway);
          if (context.server.draining) throw shuttingDown();
          const { id } = request.params as { id: string };
          requireElectionId(id);
          const known = context.elections.fresh(id);
          if (known !== undefined) requireNotSuspended(known.election, request.gateway);
          request.bodyShare = context.bodies.take(lengthOf(request), reply.raw);
          done();
        },
      },
      async (request, reply) => {
        const { body, bodyShare } = request;
        if (!Buffer.isBuffer(body)) throw unsupportedMediaType(batchType);
        bodyShare?.hold();
        try {
          return await takeBatch(context, request, body, reply);
        } finally {
          // The answer is a text by now, so nobody reads it any more.
          reader.release(body);
          bodyShare?.giveBack();
        }
      },
    );
  });
}

/** @returns undefined of a chunked body, which does not say it */
function lengthOf({ headers }: FastifyRequest): number | undefined {
  const length = headers["content-length"];
  return length === undefined ? undefined : Number(length);
}

async function takeBatch(
  context: IngestContext,
  { bearer, gateway, headers, params }: BatchRequest,
  body: Buffer,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (!isUtf8(body)) throw new VoteError("malformed-json", "The body is not valid UTF-8.");
  const lines = countLines(body);
  if (lines > maxBatchBallots) {
    throw new VoteError("body-too-large", `The batch has ${lines} lines.`, {
      hint: `Send at most ${maxBatchBallots} lines in one batch.`,
    });
  }
  context.batcher.requireRoom(lines);
  const cached = await context.elections.get(params.id);
  if (bearer === null) throw new Error("nobody has verified the token");
  requireForElection(bearer.claims, bearer.issuer, cached.election);
  requireNotSuspended(cached.election, gateway);
  context.clocks.requireRight();
  const receivedAt = context.clock.wallClock();
  requireOpen(cached.election, receivedAt);
  context.batcher.requireRoom(lines);
  context.limits.takeBatch(gateway, cached.election.id, lines);
  const taker = new LineTaker(context, cached, lines, receivedAt);
  takeLines(body, lines, taker);
  const { answer } = taker;
  await answer.settledAll();
  context.gateways.add(gateway, answer.accepted);
  const minimal = prefers(headers.prefer, minimalPreference);
  if (minimal) reply.header("preference-applied", "return=minimal");
  return reply
    .header("content-type", "application/json; charset=utf-8")
    .headers(context.limits.headersFor(gateway))
    .send(minimal ? answer.summary() : answer.full());
}

function takeLines(body: Buffer, lines: number, taker: LineTaker): void {
  const canonical = findCanonicalLines(body, lines);
  if (canonical !== undefined) {
    taker.takeCanonical(canonical);
    return;
  }
  const objects = parseFlatObjects(body, lines);
  if (objects === undefined) {
    for (const [index, parsed] of parseLines(body).entries()) taker.takeParsed(index, parsed);
  } else {
    for (let index = 0; index < objects.length; index++) taker.take(index, objects[index]);
  }
}
