import type { Fields } from "../../contracts/fields.js";
import {
  type Arrivals,
  constantArrivals,
  type Shape,
  type Spacing,
  shapes,
  spacings,
  stretched,
} from "./arrivals.js";
import { peakOf, type RatePiece } from "./profile.js";
import { parseTrace } from "./trace.js";

/** What the arrivals are set in. */
export interface ArrivalsFrame {
  readonly durationSeconds: number;
  /** The text of a file that lies beside the scenario. */
  readonly readBeside: (file: string) => string;
}

export const minVotesPerSecond = 0.1;
export const maxVotesPerSecond = 10_000_000;
const rate = { min: 0, max: maxVotesPerSecond };
const maxSteps = 1_000;

/**
 * A stream's `votesPerSecond`, or its group `arrivals`.
 *
 * @throws VoteError `invalid-scenario`
 */
export function parseArrivals(fields: Fields, frame: ArrivalsFrame): Arrivals {
  const item = fields.optionalGroup("arrivals");
  const seconds = frame.durationSeconds;
  const constant = { min: minVotesPerSecond, max: maxVotesPerSecond };
  if (item === undefined)
    return constantArrivals(fields.number("votesPerSecond", constant), seconds);
  if (fields.optionalNumber("votesPerSecond", constant) !== undefined) {
    const hint = "Write votesPerSecond alone for a constant rate, or arrivals alone.";
    throw fields.refuse("arrivals", "and votesPerSecond exclude each other", hint);
  }
  const shape: Shape = item.optionalOneOf("shape", shapes) ?? "constant";
  const spacing: Spacing = item.optionalOneOf("spacing", spacings) ?? "even";
  const pieces = piecesOf[shape](item, frame).filter(({ forSeconds }) => forSeconds > 0);
  item.requireNoOthers();
  if (peakOf(pieces) < minVotesPerSecond) {
    const hint = `The highest rate is at least ${minVotesPerSecond} votes a second.`;
    throw fields.refuse("arrivals", "let nobody vote", hint);
  }
  return { shape, spacing, pieces };
}

const piecesOf: Record<Shape, (item: Fields, frame: ArrivalsFrame) => RatePiece[]> = {
  constant: (item, { durationSeconds }) => {
    const constant = { min: minVotesPerSecond, max: maxVotesPerSecond };
    return [level(durationSeconds, item.number("votesPerSecond", constant))];
  },
  ramp: (item, { durationSeconds }) => {
    const fromPerSecond = item.number("fromPerSecond", rate);
    return [
      { forSeconds: durationSeconds, fromPerSecond, toPerSecond: item.number("toPerSecond", rate) },
    ];
  },
  spike: spikePieces,
  steps: stepPieces,
  replay: (item, { durationSeconds, readBeside }) => {
    const file = item.text("file");
    const pieces = parseTrace(readBeside(file), file);
    const length = pieces.reduce((sum, { forSeconds }) => sum + forSeconds, 0);
    const trace: Arrivals = { shape: "replay", spacing: "even", pieces };
    return [...stretched(trace, durationSeconds / length).pieces];
  },
};

function spikePieces(item: Fields, { durationSeconds }: ArrivalsFrame): RatePiece[] {
  const base = item.optionalNumber("basePerSecond", rate) ?? 0;
  const peak = item.number("peakPerSecond", { min: minVotesPerSecond, max: maxVotesPerSecond });
  const within = { min: 0, max: durationSeconds };
  const before = item.number("atSeconds", within);
  const rise = item.optionalNumber("riseSeconds", within) ?? 0;
  const hold = item.optionalNumber("holdSeconds", within) ?? 0;
  const fall = item.optionalNumber("fallSeconds", within) ?? 0;
  const length = before + rise + hold + fall;
  requireWithin(item, "atSeconds", length, durationSeconds);
  return [
    level(before, base),
    { forSeconds: rise, fromPerSecond: base, toPerSecond: peak },
    level(hold, peak),
    { forSeconds: fall, fromPerSecond: peak, toPerSecond: base },
    level(durationSeconds - length, base),
  ];
}

/** A step without `forSeconds` lasts until the next one begins, the last one until the end. */
function stepPieces(item: Fields, { durationSeconds }: ArrivalsFrame): RatePiece[] {
  const steps = item
    .optionalList("steps", maxSteps)
    .map((step) => parseStep(step, durationSeconds));
  if (steps.length === 0) throw item.refuse("steps", "is missing", "List at least one step.");
  const pieces: RatePiece[] = [];
  let now = 0;
  steps.forEach(({ atSeconds, forSeconds, fromPerSecond, toPerSecond }, number) => {
    const from = atSeconds ?? now;
    if (from < now) {
      const detail = `begins at ${from}, before the one above it ends at ${now}`;
      throw item.refuse(`steps[${number}]`, detail, "Steps follow one another.");
    }
    pieces.push(level(from - now, 0));
    const next = steps[number + 1]?.atSeconds ?? durationSeconds;
    now = from + (forSeconds ?? Math.max(0, next - from));
    pieces.push({ forSeconds: now - from, fromPerSecond, toPerSecond });
    requireWithin(item, `steps[${number}]`, now, durationSeconds);
  });
  return [...pieces, level(durationSeconds - now, 0)];
}

interface Step {
  readonly atSeconds: number | undefined;
  readonly forSeconds: number | undefined;
  readonly fromPerSecond: number;
  readonly toPerSecond: number;
}

function parseStep(step: Fields, durationSeconds: number): Step {
  const within = { min: 0, max: durationSeconds };
  const atSeconds = step.optionalNumber("atSeconds", within);
  const forSeconds = step.optionalNumber("forSeconds", within);
  if (atSeconds === undefined && forSeconds === undefined) {
    throw step.refuse("forSeconds", "is missing", "Each step has forSeconds, atSeconds, or both.");
  }
  const fromPerSecond = step.number("votesPerSecond", rate);
  const toPerSecond = step.optionalNumber("toVotesPerSecond", rate) ?? fromPerSecond;
  step.requireNoOthers();
  return { atSeconds, forSeconds, fromPerSecond, toPerSecond };
}

function requireWithin(item: Fields, name: string, seconds: number, durationSeconds: number): void {
  // What adds up to the duration may miss it by a rounding.
  if (seconds <= durationSeconds * (1 + 1e-9)) return;
  const hint = `The run lasts ${durationSeconds} s (durationSeconds).`;
  throw item.refuse(name, `lasts until second ${seconds}`, hint);
}

function level(forSeconds: number, perSecond: number): RatePiece {
  return { forSeconds, fromPerSecond: perSecond, toPerSecond: perSecond };
}
