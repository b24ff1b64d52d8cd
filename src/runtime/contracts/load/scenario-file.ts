import { z } from "zod";
import { maxCandidates, maxPartitions } from "../../core/limits.js";
import type { Contract } from "../schema/check.js";
import {
  addProblem,
  allowedNumbers,
  group,
  identifier,
  list,
  number,
  oneOf,
  text,
  wholeNumber,
} from "../schema/field-types.js";
import {
  arrivals,
  maxDurationSeconds,
  maxVotesPerSecond,
  minVotesPerSecond,
  seconds,
  votesPerSecond,
} from "./scenario-arrivals.js";
import { thresholds } from "./scenario-thresholds.js";

export const vias = ["log", "http", "http-batch"] as const;
/** How ballots get in: straight into the log, one by one over HTTP, or in a gateway's batches. */
export type Via = (typeof vias)[number];

export const faultActions = ["kill", "pause"] as const;
/** Servers of the cluster: `vote services` does not restart them by itself. */
export const serverRoles = ["kafka", "dynamodb", "redis"] as const;
export const faultRoles = ["ingest", "tally", "serve", ...serverRoles] as const;

export const minDurationSeconds = 0.1;
export const maxVotes = 2_000_000_000;

const share = (max: number, what: string) => number(0, max).default(0).describe(what);

const stream = {
  via: oneOf(vias)
    .describe(
      "log: frames straight into the log. http: one request a ballot, each with its voter's " +
        "token. http-batch: a gateway's batches.",
    )
    .meta({ id: "via" }),
  votesPerSecond: votesPerSecond.optional(),
  arrivals: arrivals.optional(),
  connections: wholeNumber(1, 1_000)
    .default(64)
    .describe("HTTP: requests in flight at the same time.")
    .meta({ id: "connections" }),
  batchBallots: wholeNumber(1, 10_000)
    .default(2_000)
    .describe("http-batch: ballots in one request at most.")
    .meta({ id: "batchBallots" }),
  forgedShare: share(
    1,
    "HTTP: the share of the stream's ballots with a bad token, an unknown candidate or a " +
      "malformed body; all must be refused.",
  ).meta({ id: "forgedShare" }),
  bots: wholeNumber(0, 1_000_000)
    .default(0)
    .describe(
      "http: so many voters send all of the stream's ballots, each with a good token, over and " +
        "over; one ballot of each counts. 0: secondVoteShare says who votes again.",
    )
    .meta({ id: "bots" }),
};

/** The same rule twice: for the parser, and for editors. */
function requireOneRate(
  fields: { readonly votesPerSecond?: unknown; readonly arrivals?: unknown },
  context: z.RefinementCtx,
): void {
  const constant = fields.votesPerSecond !== undefined;
  if (constant !== (fields.arrivals !== undefined)) return;
  const hint = "Write votesPerSecond alone for a constant rate, or arrivals alone.";
  if (constant) addProblem(context, ["arrivals"], "and votesPerSecond exclude each other", hint);
  else {
    const allowed = allowedNumbers(minVotesPerSecond, maxVotesPerSecond);
    addProblem(context, ["votesPerSecond"], "is missing", allowed);
  }
}
const oneRate = {
  oneOf: [{ required: ["votesPerSecond"] }, { required: ["arrivals"] }],
  allOf: [
    {
      anyOf: [
        { properties: { via: { enum: ["http", "http-batch"] } } },
        { properties: { forgedShare: { const: 0 } } },
      ],
    },
    {
      anyOf: [{ properties: { via: { const: "http" } } }, { properties: { bots: { const: 0 } } }],
    },
  ],
};

const namedStream = group({
  name: identifier().describe("Distinguishes its ballots and voters from those of other streams."),
  ...stream,
})
  .superRefine(requireOneRate)
  .meta({ ...oneRate, id: "stream" });

const candidate = group({
  id: identifier().describe("The candidate's id in the election."),
  name: text().describe("Shown in results.").optional(),
  weight: number(0.000_001, 1_000_000).describe(
    "How often voters choose it, relative to the others' weights.",
  ),
}).meta({ id: "candidate" });

const faultFields = {
  atSeconds: seconds("When, after the run's start"),
  action: oneOf(faultActions).describe(
    "kill: ended at once, and started again by vote dev. pause: stopped, and continued after " +
      "forSeconds.",
  ),
  role: oneOf(faultRoles).describe(
    "A role of the running vote dev, or a server of vote services (the first of several brokers).",
  ),
};

const fault = group({
  ...faultFields,
  forSeconds: seconds(
    "How long a paused process stands still (default 1), or a killed server stays away (default 0)",
  ).optional(),
})
  .superRefine(({ action, role, forSeconds }, context) => {
    const isServer = serverRoles.some((server) => server === role);
    if (action !== "kill" || isServer || forSeconds === undefined) return;
    const hint = `Leave it out: \`vote dev\` starts a killed ${role} again by itself.`;
    addProblem(context, ["forSeconds"], "does not go with the kill of a role", hint);
  })
  .meta({
    id: "fault",
    anyOf: [
      { properties: { action: { const: "pause" } } },
      { properties: { role: { enum: serverRoles } } },
      { properties: { forSeconds: false } },
    ],
  });

/** A load scenario as its file has it; what only several fields together tell is checked later. */
export const scenarioFileSchema = group({
  name: text().describe("What the run is called in its report."),
  description: text().describe("What it shows, in one sentence.").optional(),
  seed: wholeNumber(0, Number.MAX_SAFE_INTEGER)
    .describe("The same seed makes the same votes. Default: a new seed for each run.")
    .optional(),
  durationSeconds: number(minDurationSeconds, maxDurationSeconds).describe(
    "How long the run sends votes, in seconds.",
  ),
  ...stream,
  streams: list(namedStream, 16)
    .describe("Further streams, at the same time; the fields above are the stream `main`.")
    .optional(),
  voters: wholeNumber(1, maxVotes)
    .describe(
      "The number of voters; it must suffice for all first votes. Default: as many as needed.",
    )
    .optional(),
  candidates: list(candidate, maxCandidates)
    .describe(
      "The candidates and their weights. With candidates and without --election, the run opens " +
        "its own election. Default: the election's candidates, with falling weights.",
    )
    .optional(),
  secondVoteShare: share(
    0.9,
    "The share of ballots from voters who have already voted: these must be rejected.",
  ),
  retryShare: share(0.9, "The share of ballots that clients send again: these must be absorbed."),
  partitions: wholeNumber(1, maxPartitions)
    .optional()
    .describe("Partitions of the election that the run opens. Default: 8, or 32 on a cluster."),
  thresholds: thresholds.optional(),
  faults: list(fault, 100)
    .describe("Faults that hit the system's processes, each at its time.")
    .optional(),
})
  .superRefine(requireOneRate)
  .meta({
    $id: "urn:vote:scenario",
    title: "A load scenario of vote",
    description:
      "What `vote load --scenario` sends: how many votes, when, by which way, and what happens " +
      "meanwhile. Explained in docs/reference/scenarios.md.",
    ...oneRate,
  });

export type ScenarioFile = Contract<typeof scenarioFileSchema>;

/** The scenario file's JSON Schema, by which editors check and complete it. */
export function scenarioJsonSchema(): object {
  return z.toJSONSchema(scenarioFileSchema, { io: "input" });
}
