import { type Scenario, type StreamSpec, withArrivals } from "../scenario/scenario.js";

/**
 * One of several equal parts of a stream, for one process or machine: every `of`-th ballot from
 * `number` on. Its name, as in `main.0`, gives it its own voters and ballot ids. All parts together
 * are due exactly when the whole stream is. A part can be shared again.
 *
 * @param number from 0, below `of`
 */
export function shareOf(spec: StreamSpec, number: number, of: number): StreamSpec {
  const { share } = spec.arrivals;
  const arrivals = {
    ...spec.arrivals,
    share: {
      stream: share?.stream ?? spec.name,
      number: (share?.number ?? 0) + (share?.of ?? 1) * number,
      of: (share?.of ?? 1) * of,
    },
  };
  const name = `${spec.name}.${number}`;
  const connections = Math.ceil(spec.connections / of);
  return withArrivals({ ...spec, name, connections, bots: Math.ceil(spec.bots / of) }, arrivals);
}

/** One part of a whole scenario: of every stream, and of the electorate. */
export function scenarioShareOf(scenario: Scenario, number: number, of: number): Scenario {
  const { voters, streams } = scenario;
  return {
    ...scenario,
    streams: streams.map((spec) => shareOf(spec, number, of)),
    voters: voters === undefined ? undefined : Math.ceil(voters / of),
  };
}
