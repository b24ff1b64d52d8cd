import type { Via } from "../../contracts/load/scenario-file.js";
import { constantArrivals, scaled, stretched } from "../arrivals/arrivals.js";
import { stretchedFaults } from "./fault.js";
import { checkScenario, type Scenario, withArrivals } from "./scenario.js";

/** What flags replace in a scenario. Streams' fields apply to the first stream only. */
interface ScenarioOverrides {
  /** The first stream's highest rate: all its rates are scaled to it. */
  readonly votesPerSecond?: number;
  /** Every stream is stretched to this length, at the same rates. */
  readonly durationSeconds?: number;
  readonly via?: Via;
  readonly connections?: number;
}

/** What `vote load` runs without `--scenario`. */
export const defaultScenario: Scenario = {
  name: "default",
  description: "A steady rate with some second votes and some retries",
  seed: undefined,
  durationSeconds: 10,
  streams: [
    withArrivals(
      {
        name: "main",
        via: "http-batch",
        connections: 64,
        batchBallots: 2_000,
        forgedShare: 0,
        bots: 0,
      } as const,
      constantArrivals(1_000, 10),
    ),
  ],
  voters: undefined,
  candidates: undefined,
  secondVoteShare: 0.05,
  retryShare: 0.01,
  partitions: undefined,
  thresholds: [],
  faults: [],
};

/** The scenario with its overrides. @throws VoteError `invalid-scenario` if they do not fit it */
export function overrideScenario(scenario: Scenario, overrides: ScenarioOverrides): Scenario {
  const {
    durationSeconds = scenario.durationSeconds,
    votesPerSecond,
    via,
    connections,
  } = overrides;
  const inTime = durationSeconds / scenario.durationSeconds;
  const streams = scenario.streams.map((stream, number) => {
    const isFirst = number === 0;
    const inRate = isFirst && votesPerSecond ? votesPerSecond / stream.peakPerSecond : 1;
    const given = isFirst
      ? { via: via ?? stream.via, connections: connections ?? stream.connections }
      : {};
    const arrivals = scaled(stretched(stream.arrivals, inTime), inRate);
    return { ...withArrivals(stream, arrivals), ...given };
  });
  const faults = stretchedFaults(scenario.faults, inTime);
  const result = { ...scenario, streams, durationSeconds, faults };
  checkScenario(result, scenario.name);
  return result;
}
