import type { FastifyReply, FastifyRequest } from "fastify";
import { VoteError } from "../core/errors.js";
import { malformedJson, unsupportedMediaType } from "../http/problem.js";
import { type HttpServer, sendProblem, shuttingDown } from "../http/server.js";
import { type Intake, putBallotId } from "./context.js";
import type { OpenFrame, Waiting } from "./open-frame.js";
import { choiceIndex, type Poll, requireTaking } from "./election-cache.js";

interface ElectionParams {
  readonly id: string;
}

/** `POST /v1/elections/:id/ballots`: one voter's ballot, answered once it is durable. */
export function addSingleRoute(intake: Intake): void {
  const { app } = intake.server;
  app.removeAllContentTypeParsers();
  // Parsed by the route itself, after the token: the framework's parser guards against
  // prototype poisoning that a ballot of two strings cannot carry.
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
    done(null, body);
  });
  app.post<{ Params: ElectionParams; Body: unknown }>("/v1/elections/:id/ballots", (...args) =>
    takeSingle(intake, ...args),
  );
}

function takeSingle(
  intake: Intake,
  request: FastifyRequest<{ Params: ElectionParams; Body: unknown }>,
  reply: FastifyReply,
): void {
  if (intake.server.draining) throw shuttingDown();
  const voter = intake.verifier.verify(request.headers.authorization, "vote");
  if (typeof request.body !== "string") throw unsupportedMediaType("application/json");
  const ballot = parseBallot(request.body);
  const poll = intake.polls.fresh(request.params.id);
  if (poll !== undefined) {
    add(intake, poll, voter, ballot, reply);
    return;
  }
  intake.polls.get(request.params.id).then(
    (loaded) => {
      try {
        add(intake, loaded, voter, ballot, reply);
      } catch (error) {
        reply.send(error);
      }
    },
    (error: unknown) => reply.send(error),
  );
}

interface BallotBody {
  readonly choice?: unknown;
  readonly ballotId?: unknown;
}

function parseBallot(text: string): BallotBody {
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
  { batcher, draft, now, server }: Intake,
  poll: Poll,
  voter: string,
  body: BallotBody,
  reply: FastifyReply,
): void {
  const receivedAt = now();
  requireTaking(poll, receivedAt);
  const choice = choiceIndex(poll, body.choice);
  const ballotId = putBallotId(draft, body.ballotId);
  batcher.requireRoom(1);
  const partition = draft.setVoter(poll.tagger, voter, poll.partitions);
  const frame = batcher.frameFor(poll, partition);
  frame.add(draft.key, receivedAt, choice);
  frame.waiting.push(new SingleAnswer(server, reply, ballotId, receivedAt));
  batcher.added(1, 1);
}

class SingleAnswer implements Waiting {
  constructor(
    readonly server: HttpServer,
    readonly reply: FastifyReply,
    readonly ballotId: string,
    readonly receivedAt: number,
  ) {}

  settled({ election, partition, position, failure }: OpenFrame): void {
    const { reply } = this;
    if (failure !== undefined) {
      sendProblem(reply, failure);
      return;
    }
    // Ids are of a-z, 0-9 and "-": nothing to escape.
    const body =
      `{"ballotId":"${this.ballotId}","election":"${election}","partition":${partition},` +
      `"position":${position},"receivedAt":${this.receivedAt}}`;
    if (this.server.draining) reply.header("connection", "close");
    reply.code(202).header("content-type", "application/json; charset=utf-8").send(body);
  }
}
