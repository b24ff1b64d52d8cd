import type { Election } from "../core/election.js";
import { decisionBody, readId, readPosition } from "../decisions/answer.js";
import { DecisionFinder } from "../decisions/decision-finder.js";
import type { CachedRead } from "../http/cached-read.js";
import type { HttpServer } from "../http/server.js";
import type { LedgerReader } from "../ledger/port.js";
import { systemClock } from "../time/clock.js";
import { unknownElection } from "./results/result-reader.js";

/** A segment is never changed, and its ballots have no other address. */
const decidedCaching = "public, max-age=31536000, immutable";
const pendingCaching = "public, max-age=0, s-maxage=1";

interface BallotRequest {
  Params: { id: string; ballotId: string };
  Querystring: { position?: unknown; voterTag?: unknown };
}

/**
 * Adds `GET /v1/elections/:id/ballots/:ballotId?position=…&voterTag=…`: what has become of a
 * ballot. Whoever knows its voter tag has the receipt, or the ledger itself; and as nothing else of
 * the request matters, any cache may answer. The choice is in neither the request nor the answer.
 */
export function addBallots(
  { app }: HttpServer,
  ledger: LedgerReader,
  elections: CachedRead<Election[]>,
): void {
  const finder = new DecisionFinder(ledger, () => systemClock.now());
  app.get<BallotRequest>("/v1/elections/:id/ballots/:ballotId", async (request, reply) => {
    const { id, ballotId } = request.params;
    const position = readPosition(request.query.position);
    const voterTag = readId(request.query.voterTag, "voter tag");
    const sought = { voterTag, ballotId: readId(ballotId, "ballot id"), position };
    const election = (await elections.get()).value.find((one) => one.id === id);
    if (election === undefined) throw unknownElection(id);
    const finding = await finder.find(election, sought);
    const caching = finding.decided === undefined ? pendingCaching : decidedCaching;
    reply.header("cache-control", caching);
    return decisionBody({ election: id, ballotId, position }, finding);
  });
}
