import { Fields } from "../../contracts/fields.js";
import { VoteError } from "../../core/errors.js";
import { maxCandidates, maxIdBytes } from "../../core/limits.js";
import { type Arrivals, shapes, spacings } from "../arrivals/arrivals.js";
import {
  type BallotScenario,
  checkScenario,
  type StreamSpec,
  vias,
  withArrivals,
} from "../scenario/scenario.js";
import { agentProtocol, type RunRequest } from "./protocol.js";

const place = "run";
const maxStreams = 64;
const maxPieces = 1_000_000;
const anyRate = { min: 0, max: Number.MAX_SAFE_INTEGER };
const share = { min: 0, max: 0.9 };
const someMs = { min: 0, max: 86_400_000 };

/**
 * @param source the request's body, parsed
 * @throws VoteError `invalid-usage` for another version's, `invalid-scenario` with the field
 */
export function parseRunRequest(source: unknown): RunRequest {
  const fields = new Fields(source, place, "");
  const protocol = fields.number("protocol", anyRate);
  if (protocol !== agentProtocol) {
    const detail = `The agent speaks version ${agentProtocol} of the protocol, not ${protocol}.`;
    throw new VoteError("invalid-usage", detail, {
      hint: "Agents and coordinator must be of the same version of vote.",
    });
  }
  const given = fields.optionalGroup("scenario");
  if (given === undefined) throw fields.refuse("scenario", "is missing", "Say what to send.");
  const target = fields.optionalGroup("target");
  const run = {
    protocol,
    election: fields.identifier("election", maxIdBytes),
    seed: fields.number("seed", { ...anyRate, whole: true }),
    scenario: parseShared(given),
    giveUpAfterMs: fields.optionalNumber("giveUpAfterMs", someMs),
    drainWithinMs: fields.optionalNumber("drainWithinMs", someMs),
  };
  fields.requireNoOthers();
  checkScenario(run.scenario, place);
  if (target === undefined) return run;
  const owned = target.optionalSwitch("owned") !== undefined;
  return { ...run, target: { url: target.text("url"), owned } };
}

function parseShared(fields: Fields): BallotScenario {
  const candidates = fields.optionalList("candidates", maxCandidates).map((item) => ({
    id: item.identifier("id", maxIdBytes),
    name: item.text("name"),
    weight: item.number("weight", anyRate),
  }));
  const scenario = {
    name: fields.text("name"),
    durationSeconds: fields.number("durationSeconds", anyRate),
    streams: fields.optionalList("streams", maxStreams).map(parseStream),
    candidates: candidates.length === 0 ? undefined : candidates,
    secondVoteShare: fields.number("secondVoteShare", share),
    retryShare: fields.number("retryShare", share),
  };
  fields.requireNoOthers();
  return scenario;
}

function parseStream(fields: Fields): StreamSpec {
  const whole = { min: 1, max: 10_000, whole: true };
  const stream = {
    name: fields.text("name"),
    via: fields.oneOf("via", vias),
    connections: fields.number("connections", whole),
    batchBallots: fields.number("batchBallots", whole),
    forgedShare: fields.number("forgedShare", { min: 0, max: 1 }),
  };
  const arrivals = fields.optionalGroup("arrivals");
  if (arrivals === undefined) throw fields.refuse("arrivals", "is missing", "Say when.");
  return withArrivals(stream, parseArrivals(arrivals));
}

function parseArrivals(fields: Fields): Arrivals {
  const part = fields.optionalGroup("share");
  const count = { min: 0, max: 1_000_000, whole: true };
  return {
    shape: fields.oneOf("shape", shapes),
    spacing: fields.oneOf("spacing", spacings),
    pieces: fields.optionalList("pieces", maxPieces).map((piece) => ({
      forSeconds: piece.number("forSeconds", anyRate),
      fromPerSecond: piece.number("fromPerSecond", anyRate),
      toPerSecond: piece.number("toPerSecond", anyRate),
    })),
    ...(part === undefined
      ? {}
      : {
          share: {
            stream: part.text("stream"),
            number: part.number("number", count),
            of: part.number("of", { ...count, min: 1 }),
          },
        }),
  };
}
