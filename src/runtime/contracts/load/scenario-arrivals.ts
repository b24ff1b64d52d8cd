import { z } from "zod";
import type { Contract } from "../schema/check.js";
import {
  addProblem,
  group,
  list,
  number,
  oneOf,
  text,
  wholeNumber,
} from "../schema/field-types.js";

/** How a scenario describes a stream's rate over time. */
const shapes = ["constant", "ramp", "spike", "steps", "replay"] as const;
/** Ballots evenly spaced, or at random as independent voters come. */
const spacings = ["even", "poisson"] as const;

export const maxDurationSeconds = 2 * 86_400;
export const minVotesPerSecond = 0.1;
export const maxVotesPerSecond = 10_000_000;

/** A time within the run. */
export const seconds = (what: string) =>
  number(0, maxDurationSeconds).describe(`${what}, in seconds.`);
const rate = (what: string) => number(0, maxVotesPerSecond).describe(`${what}, in votes a second.`);

/** A stream's constant rate. */
export const votesPerSecond = number(minVotesPerSecond, maxVotesPerSecond)
  .describe("A constant rate of different ballots, in votes a second; retries come on top.")
  .meta({ id: "votesPerSecond" });

const spacing = oneOf(spacings)
  .default("even")
  .describe(
    "even: evenly spaced. poisson: at random, as independent voters come; follows from the seed.",
  )
  .meta({ id: "spacing" });

const step = group({
  atSeconds: seconds("When it begins; default: when the previous one ends").optional(),
  forSeconds: seconds("How long it lasts; default: until the next one begins").optional(),
  votesPerSecond: rate("The rate at its start"),
  toVotesPerSecond: rate(
    "The rate at its end, which it approaches in a straight line; default: the same",
  ).optional(),
})
  .superRefine(({ atSeconds, forSeconds }, context) => {
    if (atSeconds !== undefined || forSeconds !== undefined) return;
    const hint = "Each step has forSeconds, atSeconds, or both.";
    addProblem(context, ["forSeconds"], "is missing", hint);
  })
  .meta({ id: "step", anyOf: [{ required: ["forSeconds"] }, { required: ["atSeconds"] }] });

/** The rate over time in one of the shapes, as a scenario has it. */
export const arrivals = z
  .discriminatedUnion(
    "shape",
    [
      group({ shape: z.literal("constant").optional(), spacing, votesPerSecond }).describe(
        "The same rate all the time.",
      ),
      group({
        shape: z.literal("ramp"),
        spacing,
        fromPerSecond: rate("The rate at the start"),
        toPerSecond: rate("The rate at the end"),
      }).describe("From one rate to another in a straight line, over the whole run."),
      group({
        shape: z.literal("spike"),
        spacing,
        basePerSecond: rate("The rate before and after; default 0").default(0),
        peakPerSecond: number(minVotesPerSecond, maxVotesPerSecond).describe(
          "The highest rate, in votes a second.",
        ),
        atSeconds: seconds("When it begins to rise"),
        riseSeconds: seconds("How long it rises; default 0").default(0),
        holdSeconds: seconds("How long it stays at the peak; default 0").default(0),
        fallSeconds: seconds("How long it falls; default 0").default(0),
      }).describe("From a base rate up to a peak and down again."),
      group({ shape: z.literal("steps"), spacing, steps: list(step, 1_000) }).describe(
        "One rate after another. Between steps, nobody votes.",
      ),
      group({
        shape: z.literal("replay"),
        spacing,
        file: text().describe(
          "CSV with the header second,count or ms,count, or NDJSON with these fields; the " +
            "path counts from the scenario's folder.",
        ),
      }).describe("The rates of a trace, fitted into durationSeconds."),
    ],
    { error: `Allowed is a group with one of the shapes ${shapes.join(", ")}.` },
  )
  .describe("The rate over time, instead of votesPerSecond.")
  .meta({ id: "arrivals" });

const anyRate = number(0, Number.MAX_SAFE_INTEGER);

/** A stretch of time over which the rate goes in a straight line from one value to another. */
const ratePiece = z.object({
  forSeconds: anyRate,
  /** Ballots a second at its start. */
  fromPerSecond: anyRate,
  /** Ballots a second at its end; the same as at its start for a constant rate. */
  toPerSecond: anyRate,
});
export type RatePiece = Contract<typeof ratePiece>;

/** When a stream's ballots come: plain data, which can be handed to other processes. */
export const arrivalsInPiecesSchema = z.object({
  /** How the scenario describes the rate; every shape becomes pieces. */
  shape: oneOf(shapes),
  spacing: oneOf(spacings),
  /** The rate over time, without gaps, from the run's start to its end. */
  pieces: list(ratePiece, 1_000_000),
  /** Only every `of`-th of these ballots, from `number` on: the others are another process's. */
  share: z
    .object({
      /** The name of the stream that is shared: all its shares draw from the same arrivals. */
      stream: text(),
      number: wholeNumber(0, 1_000_000),
      of: wholeNumber(1, 1_000_000),
    })
    .optional(),
});
export type Arrivals = Contract<typeof arrivalsInPiecesSchema>;
