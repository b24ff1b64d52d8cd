import { z } from "zod";
import { group, text } from "../schema/field-types.js";

/** Latencies of a run; `acknowledged_raw` counts from the real send time. */
export const trendMetrics = [
  "acknowledged",
  "acknowledged_raw",
  "visible",
  "schedule_lag",
] as const;
export type TrendMetric = (typeof trendMetrics)[number];

/** Different ballots over time: sent, and answered as durable. */
const rateMetrics = ["votes", "accepted"] as const;
export type RateMetric = (typeof rateMetrics)[number];

/** What became of the ballots. */
export const ballotCounters = [
  "lost",
  "double",
  "invented",
  "unsent",
  "refused",
  "unknown",
] as const;
export type BallotCounter = (typeof ballotCounters)[number];

export const metrics = [...trendMetrics, ...rateMetrics, "ballots"] as const;
export type Metric = (typeof metrics)[number];

export const trendMethods = ["p", "avg", "min", "med", "max"] as const;
export const rateMethods = ["rate", "count"] as const;
export type Method = (typeof trendMethods)[number] | (typeof rateMethods)[number] | BallotCounter;

/** The longer ones first, so that a scan finds them. */
export const operators = ["<=", ">=", "==", "!=", "<", ">"] as const;
export type Operator = (typeof operators)[number];

/** Each unit of a latency in milliseconds; without one it is milliseconds. */
export const unitsMs = { us: 0.001, ms: 1, s: 1_000 } as const;
export type LatencyUnit = keyof typeof unitsMs;

// The grammar of `parseThreshold`, for editors; the test on the schema holds them equal.
const space = " *";
const figure = "[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?";
const percentile = `p${space}\\(${space}(100(\\.0+)?|[0-9]{1,2}(\\.[0-9]+)?)${space}\\)`;
const comparison = [...operators, "==="].sort((one, other) => other.length - one.length).join("|");

/** One expression or several: as a list, or in one text with commas between them. */
function bounds(id: string, methods: readonly string[], units = "") {
  const choice = methods.map((method) => (method === "p" ? percentile : method)).join("|");
  const parts = [`(${choice})`, `(${comparison})`, figure, units].filter((part) => part !== "");
  const one = `${space}${parts.join(space)}${space}`;
  return z
    .union(
      [
        text().meta({ pattern: `^${one}(,${one})*$` }),
        z.array(text().meta({ pattern: `^${one}$` })).min(1),
      ],
      { error: "Give a text or a list of texts." },
    )
    .transform((texts) => (typeof texts === "string" ? texts.split(",") : texts))
    .meta({ id });
}
const latencies = bounds("latencyBounds", trendMethods, `(${Object.keys(unitsMs).join("|")})?`);
const rates = bounds("rateBounds", rateMethods);
const counters = bounds("ballotBounds", ballotCounters);

/** A scenario's bounds by metric. What each expression says, `parseThreshold` reads. */
export const thresholds = group({
  acknowledged: latencies
    .optional()
    .describe("Latency from when a ballot was due until it is durable: p(99)<250ms."),
  acknowledged_raw: latencies
    .optional()
    .describe("The same, counted from when the ballot was actually sent."),
  visible: latencies
    .optional()
    .describe("Latency from when a ballot was due until the live result shows it: p(99.9)<=1s."),
  schedule_lag: latencies.optional().describe("How late the generator itself was."),
  votes: rates.optional().describe("Ballots sent: rate>=250000."),
  accepted: rates.optional().describe("Ballots acknowledged: rate>=250000."),
  ballots: counters.optional().describe("The outcomes of ballots: lost==0."),
} satisfies Record<Metric, z.ZodType>).describe(
  "Bounds beyond which the run fails with exit code 99, in k6's syntax: for each metric, one " +
    "expression or a list of them.",
);
