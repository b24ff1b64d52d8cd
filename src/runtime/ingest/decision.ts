import { idBytes } from "../core/formats/ballot.js";
import { decisionBody, readId, readPosition } from "../decisions/answer.js";
import { DecisionFinder } from "../decisions/decision-finder.js";
import { requireForElection } from "../keys/authentication/token-claims.js";
import { voterOf } from "../keys/authentication/token-verifier.js";
import type { LedgerReader } from "../ledger/port.js";
import type { IngestContext } from "./context.js";

const decidedCaching = "private, max-age=31536000, immutable";

interface BallotRequest {
  Params: { id: string; ballotId: string };
  Querystring: { position?: unknown };
}

/**
 * Adds `GET /v1/elections/:id/ballots/:ballotId?position=…`: what has become of the ballot of the
 * voter whom the token names. Serve says the same to whoever has the receipt, and has no key that
 * makes voter tags.
 */
export function addDecisionRoute(context: IngestContext, ledger: LedgerReader): void {
  const { server, verifier, elections, clock } = context;
  const finder = new DecisionFinder(ledger, () => clock.now());
  server.app.get<BallotRequest>("/v1/elections/:id/ballots/:ballotId", async (request, reply) => {
    const bearer = verifier.verify(request.headers.authorization, "vote");
    const { id, ballotId } = request.params;
    const position = readPosition(request.query.position);
    const sought = { ballotId: readId(ballotId, "ballot id"), position };
    const { election, tagger } = await elections.get(id);
    requireForElection(bearer.claims, bearer.issuer, election);
    const voterTag = Buffer.alloc(idBytes);
    tagger.write(voterOf(bearer), voterTag, 0);
    const finding = await finder.find(election, { ...sought, voterTag });
    const caching = finding.decided === undefined ? "no-store" : decidedCaching;
    reply.headers({ "cache-control": caching, vary: "authorization" });
    return decisionBody({ election: id, ballotId, position }, finding);
  });
}
