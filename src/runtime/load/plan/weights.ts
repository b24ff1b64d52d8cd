import type { Election } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import type { BallotScenario } from "../scenario/scenario.js";

/**
 * How often each of the election's candidates is chosen. Without candidates in the scenario the
 * weights fall from the first to the last, so that a result looks like one.
 *
 * @throws VoteError `invalid-scenario` for a candidate that the election does not have
 */
export function weightsFor(election: Election, scenario: BallotScenario): number[] {
  const { candidates } = election;
  if (scenario.candidates === undefined) return candidates.map((_, index) => 1 / (index + 2));
  const weights = new Map(scenario.candidates.map(({ id, weight }) => [id, weight]));
  const ids = candidates.map(({ id }) => id);
  const unknown = [...weights.keys()].find((id) => !ids.includes(id));
  if (unknown !== undefined) {
    throw new VoteError(
      "invalid-scenario",
      `${scenario.name}: candidates: election ${election.id} has no candidate ${unknown}.`,
      { hint: `Allowed are ${ids.slice(0, 20).join(", ")}.` },
    );
  }
  return ids.map((id) => weights.get(id) ?? 0);
}
