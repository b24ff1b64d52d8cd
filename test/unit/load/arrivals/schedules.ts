import fc from "fast-check";
import type {
  Arrivals,
  RatePiece,
} from "../../../../src/runtime/contracts/load/scenario-arrivals.js";

const perSecond = fc.oneof(
  fc.constant(0),
  fc.double({ min: 0.1, max: 500, noNaN: true }),
  fc.double({ min: 0.1, max: 1e6, noNaN: true }),
);
const forSeconds = fc.double({ min: 0.001, max: 50, noNaN: true });

/** Level, rising, falling, empty, and so flat that only rounding tells it from level. */
const piece: fc.Arbitrary<RatePiece> = fc
  .tuple(forSeconds, perSecond, perSecond, fc.constantFrom("level", "slope", "nearly level"))
  .map(([seconds, from, to, kind]) => {
    const flat = { level: from, slope: to, "nearly level": from * (1 + 1e-9) };
    return { forSeconds: seconds, fromPerSecond: from, toPerSecond: flat[kind] };
  });

/** Any course of up to eight pieces in which somebody votes. */
export const anyPieces = fc
  .array(piece, { minLength: 1, maxLength: 8 })
  .filter((pieces) => pieces.some(({ fromPerSecond }) => fromPerSecond > 0));

export const anyArrivals: fc.Arbitrary<Arrivals> = fc
  .tuple(anyPieces, fc.constantFrom<Arrivals["spacing"]>("even", "poisson"))
  .map(([pieces, spacing]) => ({ shape: "steps", spacing, pieces }));
