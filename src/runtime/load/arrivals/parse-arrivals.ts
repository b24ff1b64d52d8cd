import {
  type Arrivals,
  minVotesPerSecond,
  type RatePiece,
} from "../../contracts/load/scenario-arrivals.js";
import type { ScenarioFile } from "../../contracts/load/scenario-file.js";
import type { Refuse } from "../../contracts/schema/check.js";
import { constantArrivals, stretched } from "./arrivals.js";
import { peakOf } from "./profile.js";
import { parseTrace } from "./trace.js";

/** The text of a file that lies beside the scenario. */
export type ReadBeside = (file: string) => string;

interface ArrivalsContext {
  readonly durationSeconds: number;
  readonly readBeside: ReadBeside;
  readonly refuse: Refuse;
}

type ArrivalsFields = NonNullable<ScenarioFile["arrivals"]>;
type Fields<Shape> = Extract<ArrivalsFields, { readonly shape?: Shape }>;

/**
 * A stream's `votesPerSecond` or `arrivals` as a rate over the whole run.
 *
 * @throws VoteError `invalid-scenario`
 */
export function arrivalsOf(
  stream: Pick<ScenarioFile, "votesPerSecond" | "arrivals">,
  context: ArrivalsContext,
): Arrivals {
  const { durationSeconds, refuse } = context;
  const { arrivals, votesPerSecond = 0 } = stream;
  if (arrivals === undefined) return constantArrivals(votesPerSecond, durationSeconds);
  const pieces = piecesOf(arrivals, context).filter(({ forSeconds }) => forSeconds > 0);
  if (peakOf(pieces) < minVotesPerSecond) {
    const hint = `The highest rate is at least ${minVotesPerSecond} votes a second.`;
    throw refuse("arrivals", "let nobody vote", hint);
  }
  return { shape: arrivals.shape ?? "constant", spacing: arrivals.spacing, pieces };
}

function piecesOf(arrivals: ArrivalsFields, context: ArrivalsContext): readonly RatePiece[] {
  const { durationSeconds, readBeside } = context;
  switch (arrivals.shape) {
    case undefined:
    case "constant":
      return [level(durationSeconds, arrivals.votesPerSecond)];
    case "ramp": {
      const { fromPerSecond, toPerSecond } = arrivals;
      return [{ forSeconds: durationSeconds, fromPerSecond, toPerSecond }];
    }
    case "spike":
      return spikePieces(arrivals, context);
    case "steps":
      return stepPieces(arrivals, context);
    case "replay": {
      const { shape, spacing, file } = arrivals;
      const pieces = parseTrace(readBeside(file), file);
      const length = pieces.reduce((sum, { forSeconds }) => sum + forSeconds, 0);
      return stretched({ shape, spacing, pieces }, durationSeconds / length).pieces;
    }
  }
}

function spikePieces(spike: Fields<"spike">, context: ArrivalsContext): RatePiece[] {
  const { basePerSecond, peakPerSecond, atSeconds } = spike;
  const { riseSeconds, holdSeconds, fallSeconds } = spike;
  const length = atSeconds + riseSeconds + holdSeconds + fallSeconds;
  requireWithin("arrivals.atSeconds", length, context);
  return [
    level(atSeconds, basePerSecond),
    { forSeconds: riseSeconds, fromPerSecond: basePerSecond, toPerSecond: peakPerSecond },
    level(holdSeconds, peakPerSecond),
    { forSeconds: fallSeconds, fromPerSecond: peakPerSecond, toPerSecond: basePerSecond },
    level(context.durationSeconds - length, basePerSecond),
  ];
}

/** A step without `forSeconds` lasts until the next one begins, the last one until the end. */
function stepPieces({ steps }: Fields<"steps">, context: ArrivalsContext): RatePiece[] {
  const { durationSeconds, refuse } = context;
  const pieces: RatePiece[] = [];
  let now = 0;
  steps.forEach(({ atSeconds, forSeconds, votesPerSecond, toVotesPerSecond }, index) => {
    const place = `arrivals.steps[${index}]`;
    const from = atSeconds ?? now;
    if (from < now) {
      const detail = `begins at ${from}, before the one above it ends at ${now}`;
      throw refuse(place, detail, "Steps follow one another.");
    }
    pieces.push(level(from - now, 0));
    const next = steps[index + 1]?.atSeconds ?? durationSeconds;
    now = from + (forSeconds ?? Math.max(0, next - from));
    pieces.push({
      forSeconds: now - from,
      fromPerSecond: votesPerSecond,
      toPerSecond: toVotesPerSecond ?? votesPerSecond,
    });
    requireWithin(place, now, context);
  });
  return [...pieces, level(durationSeconds - now, 0)];
}

function requireWithin(
  field: string,
  endSeconds: number,
  { durationSeconds, refuse }: ArrivalsContext,
): void {
  // What adds up to the duration may miss it by a rounding.
  if (endSeconds <= durationSeconds * (1 + 1e-9)) return;
  const hint = `The run lasts ${durationSeconds} s (durationSeconds).`;
  throw refuse(field, `lasts until second ${endSeconds}`, hint);
}

function level(forSeconds: number, perSecond: number): RatePiece {
  return { forSeconds, fromPerSecond: perSecond, toPerSecond: perSecond };
}
