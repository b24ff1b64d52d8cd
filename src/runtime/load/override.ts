import { checkScenario, type Scenario, type Via } from "./scenario.js";

/** What flags replace in a scenario; the stream's fields in its first stream only. */
export interface ScenarioOverrides {
  readonly votesPerSecond?: number;
  readonly durationSeconds?: number;
  readonly via?: Via;
  readonly connections?: number;
}

/** What `vote load` does when no scenario is named. */
export const defaultScenario: Scenario = {
  name: "default",
  description: "A steady rate with some second votes and some retries",
  seed: undefined,
  durationSeconds: 10,
  streams: [
    { name: "main", via: "log", votesPerSecond: 1_000, connections: 64, batchBallots: 2_000 },
  ],
  voters: undefined,
  candidates: undefined,
  secondVoteShare: 0.05,
  retryShare: 0.01,
  partitions: 8,
  thresholds: {},
};

/** @throws VoteError `invalid-scenario` if what results is not allowed */
export function overrideScenario(scenario: Scenario, overrides: ScenarioOverrides): Scenario {
  const { durationSeconds, ...stream } = overrides;
  const [main, ...others] = scenario.streams;
  const given = Object.fromEntries(
    Object.entries(stream).filter(([, value]) => value !== undefined),
  );
  const result = {
    ...scenario,
    streams: [{ ...main, ...given }, ...others],
    durationSeconds: durationSeconds ?? scenario.durationSeconds,
  };
  checkScenario(result, scenario.name);
  return result;
}
