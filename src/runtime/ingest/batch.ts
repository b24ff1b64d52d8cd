import { isUtf8 } from "node:buffer";
import type { FastifyReply, FastifyRequest } from "fastify";
import { requireOpen } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { maxBatchBallots, maxBatchBodyBytes } from "../core/limits.js";
import { prefers } from "../http/preference.js";
import { malformedJson, unsupportedMediaType } from "../http/problem.js";
import { shuttingDown } from "../http/server.js";
import { requireVoterId } from "../keys/voter-id.js";
import { BatchAnswer } from "./batch-answer.js";
import type { IngestContext } from "./context.js";
import { type CachedElection, requireElectionId } from "./election/election-cache.js";
import type { BallotFields } from "./gather/ballot-draft.js";
import { countLines, parseFlatObjects, parseLines } from "./ndjson.js";

const batchType = "application/x-ndjson";
/** Asks for the summary alone. */
const minimalPreference = /(^|[,;\s])return\s*=\s*"?minimal"?\s*($|[,;])/i;

type BatchRequest = FastifyRequest<{ Params: { id: string }; Body: unknown }>;

/**
 * `POST /v1/elections/:id/ballots:batch`: ballots of many voters, whom a trusted gateway asserts. A
 * bad line is refused alone; the others pass.
 */
export function addBatchRoute(context: IngestContext): void {
  // A scope of its own gives the route its own body parser.
  context.server.app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      batchType,
      { parseAs: "buffer", bodyLimit: maxBatchBodyBytes },
      (_request, body, done) => done(null, body),
    );
    scope.post<{ Params: { id: string }; Body: unknown }>(
      "/v1/elections/:id/ballots::batch",
      {
        bodyLimit: maxBatchBodyBytes,
        // Before the body, so that nobody without a token makes us hold megabytes.
        onRequest: (request, reply, done) => {
          context.verifier.verify(request.headers.authorization, "gateway");
          if (context.server.draining) throw shuttingDown();
          requireElectionId((request.params as { id: string }).id);
          context.bodies.take(request, reply);
          done();
        },
      },
      (request, reply) => takeBatch(context, request, reply),
    );
  });
}

async function takeBatch(context: IngestContext, request: BatchRequest, reply: FastifyReply) {
  const { body } = request;
  if (!Buffer.isBuffer(body)) throw unsupportedMediaType(batchType);
  if (!isUtf8(body)) throw new VoteError("malformed-json", "The body is not valid UTF-8.");
  const lines = countLines(body);
  if (lines > maxBatchBallots) {
    throw new VoteError("body-too-large", `The batch has ${lines} lines.`, {
      hint: `Send at most ${maxBatchBallots} lines in one batch.`,
    });
  }
  context.batcher.requireRoom(lines);
  const cached = await context.elections.get(request.params.id);
  context.clocks.requireRight();
  const receivedAt = context.clock.wallClock();
  requireOpen(cached.election, receivedAt);
  context.batcher.requireRoom(lines);
  const answer = new BatchAnswer(cached.election.partitions, lines);
  takeLines(body, lines, new LineTaker(context, cached, answer, receivedAt));
  await answer.settledAll();
  const minimal = prefers(request.headers.prefer, minimalPreference);
  if (minimal) reply.header("preference-applied", "return=minimal");
  return reply
    .header("content-type", "application/json; charset=utf-8")
    .send(minimal ? answer.summary() : answer.full());
}

function takeLines(body: Buffer, lines: number, taker: LineTaker): void {
  const objects = parseFlatObjects(body, lines);
  if (objects === undefined) {
    for (const [index, parsed] of parseLines(body).entries()) taker.takeParsed(index, parsed);
  } else {
    for (let index = 0; index < objects.length; index++) taker.take(index, objects[index]);
  }
}

interface LineFields extends BallotFields {
  readonly voter?: unknown;
}

/** Adds a batch's lines to their frames, one after the other. */
class LineTaker {
  readonly #context: IngestContext;
  readonly #cached: CachedElection;
  readonly #answer: BatchAnswer;
  /** Only those that the client gave: the drawn ones are random. */
  readonly #ballotIds = new Set<string>();
  readonly #receivedAt: number;

  constructor(
    context: IngestContext,
    cached: CachedElection,
    answer: BatchAnswer,
    receivedAt: number,
  ) {
    this.#context = context;
    this.#cached = cached;
    this.#answer = answer;
    this.#receivedAt = receivedAt;
  }

  takeParsed(index: number, parsed: { readonly value: unknown } | undefined): void {
    if (parsed === undefined) this.#refuse(index, malformedJson());
    else this.take(index, parsed.value);
  }

  take(index: number, value: unknown): void {
    try {
      this.#add(index, value);
    } catch (error) {
      if (!(error instanceof VoteError)) throw error;
      this.#refuse(index, error);
    }
  }

  #refuse(index: number, error: VoteError): void {
    this.#context.server.refused.add(error.code);
    this.#answer.refuse(index, error);
  }

  #add(index: number, value: unknown): void {
    const { draft, batcher } = this.#context;
    if (typeof value !== "object" || value === null) throw invalidLine("it is not a JSON object");
    const fields: LineFields = value;
    const { voter, ballotId: given } = fields;
    if (typeof voter !== "string") throw invalidLine("it has no voter");
    requireVoterId(voter, () => invalidLine("its voter id is not 1 to 256 bytes of UTF-8"));
    draft.fill(this.#cached, voter, fields, this.#receivedAt);
    if (given !== undefined && given !== null) this.#requireNewId(draft.ballotId);
    const frame = batcher.add(this.#cached.election, draft, this.#answer);
    this.#answer.accept(index, draft.ballotId, frame);
  }

  #requireNewId(ballotId: string): void {
    const before = this.#ballotIds.size;
    if (this.#ballotIds.add(ballotId).size > before) return;
    throw new VoteError("duplicate-ballot-id", "An earlier line has the same ballot id.");
  }
}

function invalidLine(what: string): VoteError {
  return new VoteError("invalid-ballot", `The line is not a ballot: ${what}.`);
}
