import {
  type Arrivals,
  maxDurationSeconds,
  maxVotesPerSecond,
} from "../../contracts/load/scenario-arrivals.js";
import {
  maxVotes,
  minDurationSeconds,
  type ScenarioFile,
  scenarioFileSchema,
  type Via,
} from "../../contracts/load/scenario-file.js";
import { metrics } from "../../contracts/load/scenario-thresholds.js";
import { check, type Refuse, refuseIn } from "../../contracts/schema/check.js";
import { VoteError } from "../../core/errors.js";
import { ratesOf } from "../arrivals/arrivals.js";
import { arrivalsOf, type ReadBeside } from "../arrivals/parse-arrivals.js";
import { type FaultSpec, faultsOf } from "./fault.js";
import type { Threshold } from "./threshold.js";
import { parseThreshold } from "./threshold-syntax.js";

export interface StreamSpec {
  /** Makes the stream's ballots its own: other streams of the seed never share an id. */
  readonly name: string;
  readonly via: Via;
  /** When its ballots are due. */
  readonly arrivals: Arrivals;
  /** The mean over the run: different ballots a second; retries come on top. */
  readonly votesPerSecond: number;
  /** The highest rate at any time. */
  readonly peakPerSecond: number;
  /** HTTP only: requests under way at the same time. */
  readonly connections: number;
  /** http-batch only: ballots in one request at most. */
  readonly batchBallots: number;
  /** HTTP only: the share of its ballots that must be refused, 0 to 1. */
  readonly forgedShare: number;
  /** http only: the voters that send all of its ballots; 0 for one voter a first vote. */
  readonly bots: number;
}

interface WeightedCandidate {
  readonly id: string;
  readonly name: string;
  readonly weight: number;
}

export interface Scenario {
  readonly name: string;
  readonly description: string;
  /** Undefined: a new one each run. */
  readonly seed: number | undefined;
  readonly durationSeconds: number;
  /** At least one; all run at the same time. */
  readonly streams: readonly StreamSpec[];
  /** The electorate; undefined: as many as there are first votes. */
  readonly voters: number | undefined;
  /** Undefined: the election's own, with falling weights. */
  readonly candidates: readonly WeightedCandidate[] | undefined;
  /** The share of all ballots that are another vote of a voter who has voted. */
  readonly secondVoteShare: number;
  /** Ballots that clients send again, as a share of all. */
  readonly retryShare: number;
  /** For an election made for this scenario. Undefined: the engine's default. */
  readonly partitions: number | undefined;
  /** Bounds beyond which a run counts as failed, exit 99. */
  readonly thresholds: readonly Threshold[];
  /** What is done to the system during the run. */
  readonly faults: readonly FaultSpec[];
}

/** The part of a scenario that makes ballots: what a process needs to send its share. */
export type BallotScenario = Pick<
  Scenario,
  "name" | "durationSeconds" | "streams" | "candidates" | "secondVoteShare" | "retryShare"
> &
  // For a generator that checks them itself.
  Partial<Pick<Scenario, "thresholds">>;

/**
 * A scenario as it was read from a file.
 *
 * @param source     the parsed YAML or JSON
 * @param file       named in every error
 * @param readBeside reads a file that lies beside the scenario; for `replay`
 * @throws VoteError `invalid-scenario` with file, field and what is allowed there
 */
export function parseScenario(
  source: unknown,
  file: string,
  readBeside: ReadBeside = noneBeside,
): Scenario {
  const refuse = refuseIn(file, "invalid-scenario");
  const fields = check(scenarioFileSchema, source, refuse);
  const { name, description = "", seed, durationSeconds, voters, candidates } = fields;
  const { secondVoteShare, retryShare, partitions } = fields;
  const streamOf = (stream: StreamFields, prefix: string) => {
    const refuseHere: Refuse = (field, ...what) => refuse(`${prefix}${field}`, ...what);
    const { name, via, connections, batchBallots, forgedShare, bots } = stream;
    const arrivals = arrivalsOf(stream, { durationSeconds, readBeside, refuse: refuseHere });
    return withArrivals({ name, via, connections, batchBallots, forgedShare, bots }, arrivals);
  };
  const others = fields.streams ?? [];
  const scenario = {
    name,
    description,
    seed,
    durationSeconds,
    streams: [
      streamOf({ ...fields, name: "main" }, ""),
      ...others.map((stream, index) => streamOf(stream, `streams[${index}].`)),
    ],
    voters,
    candidates: candidates?.map((candidate) => ({
      ...candidate,
      name: candidate.name ?? candidate.id,
    })),
    secondVoteShare,
    retryShare,
    partitions,
    thresholds: thresholdsOf(fields, refuse),
    faults: faultsOf(fields, refuse),
  };
  checkScenario(scenario, file);
  return scenario;
}

type StreamFields = NonNullable<ScenarioFile["streams"]>[number];

function thresholdsOf({ thresholds = {} }: ScenarioFile, refuse: Refuse): Threshold[] {
  return metrics.flatMap((metric) =>
    (thresholds[metric] ?? []).map((text) =>
      parseThreshold(
        text,
        (detail, hint) => refuse(`thresholds.${metric}`, `is not right: ${detail}`, hint),
        metric,
      ),
    ),
  );
}

/**
 * Checks what only several fields together tell; again after flags have replaced some of them.
 *
 * @throws VoteError `invalid-scenario`
 */
export function checkScenario(
  scenario: BallotScenario & Partial<Pick<Scenario, "voters">>,
  file: string,
): void {
  const wrong = (field: string, detail: string, hint: string) =>
    new VoteError("invalid-scenario", `${file}: ${field}: ${detail}.`, { hint });
  const names = scenario.streams.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw wrong("streams", `two are called ${twice}`, `The first one's name is "main".`);
  }
  const { durationSeconds } = scenario;
  if (!(durationSeconds >= minDurationSeconds && durationSeconds <= maxDurationSeconds)) {
    const allowed = `Allowed are ${minDurationSeconds} to ${maxDurationSeconds} seconds.`;
    throw wrong("durationSeconds", `${durationSeconds} is out of bounds`, allowed);
  }
  const forging = scenario.streams.find(({ via, forgedShare }) => via === "log" && forgedShare > 0);
  if (forging !== undefined) {
    const detail = `stream ${forging.name} goes straight into the log, where nothing is refused`;
    throw wrong("forgedShare", detail, "Allowed is it via http and http-batch.");
  }
  const flooding = scenario.streams.find(({ via, bots }) => via !== "http" && bots > 0);
  if (flooding !== undefined) {
    const detail = `stream ${flooding.name} goes via ${flooding.via}, without its voters' tokens`;
    throw wrong("bots", detail, "Allowed are they via http.");
  }
  const fastest = scenario.streams.find(({ peakPerSecond }) => peakPerSecond > maxVotesPerSecond);
  if (fastest !== undefined) {
    const detail = `stream ${fastest.name} reaches ${Math.round(fastest.peakPerSecond)} a second`;
    throw wrong("streams", detail, `Allowed are up to ${maxVotesPerSecond}.`);
  }
  const votes = totalVotes(scenario);
  if (votes > maxVotes) {
    throw wrong("durationSeconds", `${votes} votes in all`, `Allowed are up to ${maxVotes}.`);
  }
  const firstVotes = Math.ceil(
    totalVotes(scenario, (sent, bots) =>
      bots > 0 ? Math.min(bots, sent) : sent * (1 - scenario.secondVoteShare),
    ),
  );
  if (scenario.voters !== undefined && scenario.voters < firstVotes) {
    throw wrong(
      "voters",
      `${scenario.voters} voters cannot cast ${firstVotes} first votes`,
      `Allowed are ${firstVotes} and more; without it there are as many as needed.`,
    );
  }
}

/** How many different ballots all streams send, or how many `of` these. */
function totalVotes(
  { streams, durationSeconds }: BallotScenario,
  of = (sent: number, _bots: number) => sent,
): number {
  return streams.reduce(
    (total, { votesPerSecond, bots }) =>
      total + of(Math.round(votesPerSecond * durationSeconds), bots),
    0,
  );
}

/** A stream with these arrivals, and the rates that follow from them. */
export function withArrivals<Spec extends object>(spec: Spec, arrivals: Arrivals) {
  const { peak, mean } = ratesOf(arrivals);
  return { ...spec, arrivals, votesPerSecond: mean, peakPerSecond: peak };
}

function noneBeside(file: string): string {
  throw new VoteError("invalid-scenario", `The trace ${file} has no folder to be looked for in.`);
}
