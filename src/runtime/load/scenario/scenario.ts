import { Fields } from "../../contracts/fields.js";
import { VoteError } from "../../core/errors.js";
import { maxCandidates, maxIdBytes, maxPartitions } from "../../core/limits.js";
import { type Arrivals, ratesOf } from "../arrivals/arrivals.js";
import {
  type ArrivalsFrame,
  maxVotesPerSecond,
  parseArrivals,
} from "../arrivals/parse-arrivals.js";
import { type FaultSpec, parseFaults } from "./fault.js";
import type { Threshold } from "./threshold.js";
import { parseThresholds } from "./threshold-syntax.js";

export const vias = ["log", "http", "http-batch"] as const;
/** How ballots get in: straight into the log, one by one over HTTP, or in a gateway's batches. */
export type Via = (typeof vias)[number];

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
  /** HTTP only: of its ballots, those that must be refused, 0 to 1. */
  readonly forgedShare: number;
}

export interface WeightedCandidate {
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
  /** Of all ballots, those that are another vote of a voter who has voted. */
  readonly secondVoteShare: number;
  /** Ballots that clients send again, as a share of all. */
  readonly retryShare: number;
  /** For an election made for this scenario. */
  readonly partitions: number;
  /** Bounds beyond which a run counts as failed, exit 99. */
  readonly thresholds: readonly Threshold[];
  /** What is done to the system meanwhile. */
  readonly faults: readonly FaultSpec[];
}

/** As much of a scenario as makes ballots: what a process needs to send its share. */
export type BallotScenario = Pick<
  Scenario,
  "name" | "durationSeconds" | "streams" | "candidates" | "secondVoteShare" | "retryShare"
> &
  // For a generator that looks at them itself.
  Partial<Pick<Scenario, "thresholds">>;

/** Bounded in time and count, whoever writes the scenario. */
const minDurationSeconds = 0.1;
const maxDurationSeconds = 2 * 86_400;
const maxVotes = 2_000_000_000;

/**
 * Checks a scenario as it was read from a file.
 *
 * @param source the parsed YAML or JSON
 * @param file   named in every error
 * @param readBeside the text of a file that lies beside it; for `replay`
 * @throws VoteError `invalid-scenario` with file, field and what is allowed there
 */
export function parseScenario(
  source: unknown,
  file: string,
  readBeside: ArrivalsFrame["readBeside"] = noneBeside,
): Scenario {
  const fields = new Fields(source, file, "");
  const durationSeconds = fields.number("durationSeconds", {
    min: minDurationSeconds,
    max: maxDurationSeconds,
  });
  const frame = { durationSeconds, readBeside };
  const main = parseStream(fields, "main", frame);
  const others = fields.optionalList("streams", 16).map((item) => parseNamedStream(item, frame));
  const scenario: Scenario = {
    name: fields.text("name"),
    description: fields.optionalText("description") ?? "",
    seed: fields.optionalNumber("seed", { min: 0, max: Number.MAX_SAFE_INTEGER, whole: true }),
    durationSeconds,
    streams: [main, ...others],
    voters: fields.optionalNumber("voters", { min: 1, max: maxVotes, whole: true }),
    candidates: parseCandidates(fields),
    secondVoteShare: fields.optionalNumber("secondVoteShare", { min: 0, max: 0.9 }) ?? 0,
    retryShare: fields.optionalNumber("retryShare", { min: 0, max: 0.9 }) ?? 0,
    partitions:
      fields.optionalNumber("partitions", { min: 1, max: maxPartitions, whole: true }) ?? 8,
    thresholds: parseThresholds(fields),
    faults: parseFaults(fields, durationSeconds),
  };
  fields.requireNoOthers();
  checkScenario(scenario, file);
  return scenario;
}

/** What only the fields together can tell; again after flags have replaced some of them. */
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
  const fastest = scenario.streams.find(({ peakPerSecond }) => peakPerSecond > maxVotesPerSecond);
  if (fastest !== undefined) {
    const detail = `stream ${fastest.name} reaches ${Math.round(fastest.peakPerSecond)} a second`;
    throw wrong("streams", detail, `Allowed are up to ${maxVotesPerSecond}.`);
  }
  const votes = totalVotes(scenario);
  if (votes > maxVotes) {
    throw wrong("durationSeconds", `${votes} votes in all`, `Allowed are up to ${maxVotes}.`);
  }
  const firstVotes = Math.ceil(votes * (1 - scenario.secondVoteShare));
  if (scenario.voters !== undefined && scenario.voters < firstVotes) {
    throw wrong(
      "voters",
      `${scenario.voters} voters cannot cast ${firstVotes} first votes`,
      `Allowed are ${firstVotes} and more; without it there are as many as needed.`,
    );
  }
}

export function totalVotes({ streams, durationSeconds }: BallotScenario): number {
  return streams.reduce(
    (total, { votesPerSecond }) => total + Math.round(votesPerSecond * durationSeconds),
    0,
  );
}

/** A stream with other arrivals, and the rates that follow from them. */
export function withArrivals<Spec extends object>(spec: Spec, arrivals: Arrivals) {
  const { peak, mean } = ratesOf(arrivals);
  return { ...spec, arrivals, votesPerSecond: mean, peakPerSecond: peak };
}

function noneBeside(file: string): string {
  throw new VoteError("invalid-scenario", `The trace ${file} has no folder to be looked for in.`);
}

function parseNamedStream(fields: Fields, frame: ArrivalsFrame): StreamSpec {
  const stream = parseStream(fields, fields.identifier("name", maxIdBytes), frame);
  fields.requireNoOthers();
  return stream;
}

function parseStream(fields: Fields, name: string, frame: ArrivalsFrame): StreamSpec {
  const whole = { min: 1, max: 1_000, whole: true };
  const stream = {
    name,
    via: fields.oneOf("via", vias),
    connections: fields.optionalNumber("connections", whole) ?? 64,
    batchBallots:
      fields.optionalNumber("batchBallots", { min: 1, max: 10_000, whole: true }) ?? 2_000,
    forgedShare: fields.optionalNumber("forgedShare", { min: 0, max: 1 }) ?? 0,
  };
  return withArrivals(stream, parseArrivals(fields, frame));
}

function parseCandidates(fields: Fields): WeightedCandidate[] | undefined {
  const items = fields.optionalList("candidates", maxCandidates);
  if (items.length === 0) return undefined;
  return items.map((item) => {
    const id = item.identifier("id", maxIdBytes);
    const candidate = {
      id,
      name: item.optionalText("name") ?? id,
      weight: item.number("weight", { min: 0.000_001, max: 1_000_000 }),
    };
    item.requireNoOthers();
    return candidate;
  });
}
