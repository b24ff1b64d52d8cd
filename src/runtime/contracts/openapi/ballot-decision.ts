import type { Operation, Parameter } from "./operation.js";

/** Where the ballot's frame stands in the log: with it, a look-up reads one segment. */
export const positionParameter: Parameter = {
  in: "query",
  name: "position",
  description: "as in the answer to the ballot, and in its receipt",
  pattern: "^\\d{1,16}$",
  required: true,
};

/** The answers of a look-up. */
export const decisionAnswers: Operation["answers"] = {
  200: {
    description: "Counted or rejected for good, or pending.",
    body: "ballot decision",
    headers: { "Cache-Control": "how long it may be kept" },
  },
};

/** Refusals of a look-up, besides those of the election's record. */
export const decisionRefusals = [
  "unknown-election",
  "unknown-ballot",
  "overloaded",
  "corrupt-segment",
  "not-found",
] as const;
