import { agentProtocol, runRequestSchema } from "../../contracts/load/agent-requests.js";
import { check, refuseIn } from "../../contracts/schema/check.js";
import { VoteError } from "../../core/errors.js";
import { type BallotScenario, checkScenario, withArrivals } from "../scenario/scenario.js";

const place = "run";

/**
 * A coordinator's request for one share of a run.
 *
 * @param source the request's body, parsed
 * @throws VoteError `invalid-usage` for another version's, `invalid-scenario` with the field
 */
export function parseRunRequest(source: unknown) {
  requireProtocol(source);
  const { scenario, ...run } = check(runRequestSchema, source, refuseIn(place, "invalid-scenario"));
  const streams = scenario.streams.map((stream) => withArrivals(stream, stream.arrivals));
  const ballots: BallotScenario = { ...scenario, streams, candidates: scenario.candidates };
  checkScenario(ballots, place);
  return { ...run, scenario: ballots };
}

/** Before anything else: another version's request may differ in any field. */
function requireProtocol(source: unknown): void {
  const { protocol } = (source ?? {}) as { readonly protocol?: unknown };
  if (protocol === agentProtocol) return;
  const detail = `The agent speaks version ${agentProtocol} of the protocol, not ${protocol}.`;
  throw new VoteError("invalid-usage", detail, {
    hint: "Agents and coordinator must be of the same version of vote.",
  });
}
