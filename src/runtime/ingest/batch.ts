import { isUtf8 } from "node:buffer";
import type { FastifyReply, FastifyRequest } from "fastify";
import { VoteError } from "../core/errors.js";
import { maxBatchBallots, maxBatchBodyBytes } from "../core/limits.js";
import { malformedJson, unsupportedMediaType } from "../http/problem.js";
import { shuttingDown } from "../http/server.js";
import { requireVoterId } from "../keys/voter-id.js";
import { BatchAnswer } from "./batch-answer.js";
import { type Intake, putBallotId } from "./context.js";
import { countLines, parseFlatObjects, parseLines } from "./ndjson.js";
import { choiceIndex, type Poll, requireTaking } from "./election-cache.js";

const batchType = "application/x-ndjson";

type BatchRequest = FastifyRequest<{ Params: { id: string }; Body: unknown }>;

/**
 * `POST /v1/elections/:id/ballots:batch`: ballots of many voters, asserted by a trusted gateway.
 * A bad line is refused by itself; the others pass.
 */
export function addBatchRoute(intake: Intake): void {
  // A scope of its own, for its own body parser.
  intake.server.app.register(async (scope) => {
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
        // Before the body: nobody without a token makes us hold megabytes.
        onRequest: (request, _reply, done) => {
          intake.verifier.verify(request.headers.authorization, "gateway");
          if (intake.server.draining) throw shuttingDown();
          done();
        },
      },
      (request, reply) => takeBatch(intake, request, reply),
    );
  });
}

async function takeBatch(intake: Intake, request: BatchRequest, reply: FastifyReply) {
  const { body } = request;
  if (!Buffer.isBuffer(body)) throw unsupportedMediaType(batchType);
  if (!isUtf8(body)) throw new VoteError("malformed-json", "The body is not valid UTF-8.");
  const lines = countLines(body);
  if (lines > maxBatchBallots) {
    throw new VoteError("body-too-large", `The batch has ${lines} lines.`, {
      hint: `Send at most ${maxBatchBallots} lines in one batch.`,
    });
  }
  const poll = await intake.polls.get(request.params.id);
  requireTaking(poll, intake.now());
  intake.batcher.requireRoom(lines);
  const answer = new BatchAnswer(poll.partitions, lines);
  try {
    takeLines(body, lines, new LineTaker(intake, poll, answer));
  } finally {
    intake.batcher.added(answer.acceptedSoFar, answer.frameCount);
  }
  await answer.settledAll();
  const minimal = prefersMinimal(request.headers.prefer);
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

interface LineBody {
  readonly voter?: unknown;
  readonly choice?: unknown;
  readonly ballotId?: unknown;
}

/** Takes a batch's lines one after the other into frames. */
class LineTaker {
  readonly #intake: Intake;
  readonly #poll: Poll;
  readonly #answer: BatchAnswer;
  /** Of the client's own ballot ids: ours cannot meet. */
  readonly #ballotIds = new Set<string>();
  readonly #receivedAt: number;

  constructor(intake: Intake, poll: Poll, answer: BatchAnswer) {
    this.#intake = intake;
    this.#poll = poll;
    this.#answer = answer;
    this.#receivedAt = intake.now();
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
    this.#intake.server.refused.add(error.code);
    this.#answer.refuse(index, error);
  }

  #add(index: number, value: unknown): void {
    const { draft, batcher } = this.#intake;
    const poll = this.#poll;
    if (typeof value !== "object" || value === null) throw invalidLine("it is not a JSON object");
    const { voter, choice, ballotId: given }: LineBody = value;
    if (typeof voter !== "string") throw invalidLine("it has no voter");
    requireVoterId(voter, () => invalidLine("its voter id is not 1 to 256 bytes of UTF-8"));
    const choiceAt = choiceIndex(poll, choice);
    const ballotId = putBallotId(draft, given);
    if (given !== undefined && given !== null) this.#requireNewId(ballotId);
    const partition = draft.setVoter(poll.tagger, voter, poll.partitions);
    const frame = batcher.frameFor(poll, partition);
    frame.add(draft.key, this.#receivedAt, choiceAt);
    this.#answer.accept(index, ballotId, frame);
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

/** RFC 7240. */
function prefersMinimal(prefer: string | string[] | undefined): boolean {
  return /(^|[,;\s])return\s*=\s*"?minimal"?\s*($|[,;])/i.test(String(prefer ?? ""));
}
