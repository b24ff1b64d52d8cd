import type { FastifyReply, FastifyRequest, onRequestHookHandler } from "fastify";
import { VoteError } from "../core/errors.js";
import { voterTagBytes } from "../core/voter/voter-tag.js";
import { prefers } from "../http/preference.js";
import { malformedJson, noSniffing, unsupportedMediaType } from "../http/problem.js";
import { type HttpServer, sendProblem, shuttingDown } from "../http/server.js";
import { requireForElection } from "../keys/authentication/token-claims.js";
import { type Bearer, voterOf } from "../keys/authentication/token-verifier.js";
import type { IngestContext } from "./context.js";
import type { CachedElection } from "./election/election-cache.js";
import type { BallotFields } from "./gather/ballot-draft.js";
import type { OpenFrame, PendingAnswer } from "./gather/open-frame.js";
import { draftBallot, requireTaking } from "./intake.js";

/** `Prefer: receipt` asks for it: most programs would pay for what they do not keep. */
const receiptPreference = /(^|[,;\s])receipt\s*($|[,;])/i;

interface ElectionParams {
  readonly id: string;
}

/** `POST /v1/elections/:id/ballots`: one voter's ballot, answered once it is durable. */
export function addSingleRoute(context: IngestContext): void {
  const { app } = context.server;
  app.removeAllContentTypeParsers();
  // The route itself parses the body, once it has checked the token. It needs no guard against
  // prototype poisoning, unlike the framework's parser: it reads two strings.
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
    done(null, body);
  });
  const onRequest: onRequestHookHandler = (_request, _reply, done) => {
    context.admit();
    done();
  };
  app.post<{ Params: ElectionParams; Body: unknown }>(
    "/v1/elections/:id/ballots",
    { onRequest },
    (...args) => takeSingle(context, ...args),
  );
}

function takeSingle(
  context: IngestContext,
  request: FastifyRequest<{ Params: ElectionParams; Body: unknown }>,
  reply: FastifyReply,
): void {
  if (context.server.draining) throw shuttingDown();
  const bearer = context.verifier.verify(request.headers.authorization, "vote");
  if (typeof request.body !== "string") throw unsupportedMediaType("application/json");
  const ballot = parseBallot(request.body);
  const withReceipt = prefers(request.headers.prefer, receiptPreference);
  const cached = context.elections.fresh(request.params.id);
  if (cached !== undefined) {
    add(context, cached, bearer, ballot, reply, withReceipt);
    return;
  }
  context.batcher.requireRoom(1);
  context.elections.get(request.params.id).then(
    (loaded) => {
      try {
        add(context, loaded, bearer, ballot, reply, withReceipt);
      } catch (error) {
        reply.send(error);
      }
    },
    (error: unknown) => reply.send(error),
  );
}

function parseBallot(text: string): BallotFields {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw malformedJson();
  }
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return body;
  throw new VoteError("invalid-ballot", "The ballot is not a JSON object.", {
    hint: 'It looks like {"choice": "CANDIDATE-ID"}.',
  });
}

function add(
  context: IngestContext,
  cached: CachedElection,
  bearer: Bearer,
  fields: BallotFields,
  reply: FastifyReply,
  withReceipt: boolean,
): void {
  requireForElection(bearer.claims, bearer.issuer, cached.election);
  const voter = voterOf(bearer);
  const { limits, draft } = context;
  if (cached.election.proofOfWork === undefined) {
    draftBallot(context, cached, voter, fields);
    limits.takeSingle(cached.election.id, draft.key);
    gather(context, cached, reply, withReceipt);
    return;
  }
  requireProof(context, cached, voter, fields)
    .then(() => {
      draftBallot(context, cached, voter, fields);
      limits.takeProven(cached.election.id);
      gather(context, cached, reply, withReceipt);
    })
    .catch((error: unknown) => reply.send(error));
}

/** Nobody solves anything for an election that takes no ballots; a challenge costs its voter. */
async function requireProof(
  context: IngestContext,
  cached: CachedElection,
  voter: string,
  fields: BallotFields,
): Promise<void> {
  requireTaking(context, cached);
  const tag = Buffer.alloc(voterTagBytes);
  cached.tagger.write(voter, tag, 0);
  context.limits.takeAttempt(new Int32Array(tag.buffer));
  await context.proofs.require(cached.election, tag, fields);
}

/** Hands the draft to the batcher. */
function gather(
  { batcher, draft, server }: IngestContext,
  cached: CachedElection,
  reply: FastifyReply,
  withReceipt: boolean,
): void {
  const { ballotId, receivedAt } = draft;
  const answer = new SingleAnswer(server, reply, ballotId, receivedAt);
  const frame = batcher.add(cached.election, draft, answer, withReceipt);
  if (withReceipt) answer.receiptIndex = frame.count - 1;
}

class SingleAnswer implements PendingAnswer {
  /** The ballot's place in its frame, if it is to have a receipt. */
  receiptIndex: number | undefined;

  constructor(
    readonly server: HttpServer,
    readonly reply: FastifyReply,
    readonly ballotId: string,
    readonly receivedAt: number,
  ) {}

  settled(frame: OpenFrame): void {
    const { election, partition, position, failure } = frame;
    const { reply, receiptIndex } = this;
    if (failure !== undefined) {
      sendProblem(reply, failure);
      return;
    }
    // Ids are of a-z, 0-9 and "-": nothing to escape.
    const body =
      `{"ballotId":"${this.ballotId}","election":"${election}","partition":${partition},` +
      `"position":${position},"receivedAt":${this.receivedAt}` +
      (receiptIndex === undefined ? "}" : `,"receipt":"${frame.receiptOf(receiptIndex)}"}`);
    const headers: Record<string, string | string[] | number | undefined> = {
      // Those that CORS has set.
      ...reply.getHeaders(),
      ...noSniffing,
      "content-type": "application/json; charset=utf-8",
      "content-length": body.length,
    };
    if (receiptIndex !== undefined) headers["preference-applied"] = "receipt";
    if (this.server.draining) headers.connection = "close";
    // Past the framework, which would spend a tenth of the request on hooks and serialization.
    reply.hijack();
    reply.raw.writeHead(202, headers).end(body);
  }
}
