import { decisionAnswers, decisionRefusals, positionParameter } from "./ballot-decision.js";
import { type Operations, registryRefusals, tokenRefusals } from "./operation.js";
import { voteKeys } from "./vote-keys.js";

const id = "/v1/elections/{id}";

/** Refusals of what takes ballots. */
const ballotRefusals = [
  ...tokenRefusals,
  "token-for-another-election",
  ...registryRefusals,
  "unknown-election",
  "not-found",
  "malformed-json",
  "unsupported-media-type",
  "body-too-large",
  "election-not-open",
  "election-closed",
  "overloaded",
  "log-unavailable",
  "clock-error",
  "shutting-down",
  "untrusted-key",
  "wrong-election-key",
  "data-directory-unusable",
] as const;

const prefer = (value: string, description: string) =>
  ({ in: "header", name: "Prefer", description: `\`${value}\`: ${description}` }) as const;

/** What ingest takes and answers. */
export const ingestOperations: Operations = {
  [`POST ${id}/ballots`]: {
    summary: "Cast one voter's ballot.",
    scope: "vote",
    parameters: [prefer("receipt", "the answer holds a signed receipt")],
    request: "ballot",
    answers: {
      202: {
        description: "The ballot is durable. Whether it counts is decided in the ledger.",
        body: "ballot receipt",
      },
    },
    refusals: [
      ...ballotRefusals,
      "not-eligible",
      "proof-required",
      "invalid-ballot",
      "unknown-candidate",
      "ballot-id-reused",
    ],
  },
  [`POST ${id}/ballots:batch`]: {
    summary: "Cast ballots of many voters, whom a trusted gateway asserts.",
    scope: "gateway",
    parameters: [prefer("return=minimal", "the answer has only the refusals")],
    request: "batch line",
    lines: "application/x-ndjson",
    answers: {
      200: {
        description: "Every accepted ballot is durable; each refused line says why.",
        body: ["batch answer", "minimal batch answer"],
      },
    },
    refusals: [...ballotRefusals, "gateway-suspended"],
  },
  [`GET ${id}/ballots/{ballotId}`]: {
    summary: "What has become of the ballot of the voter whom the token names.",
    scope: "vote",
    parameters: [positionParameter],
    answers: decisionAnswers,
    refusals: [
      ...tokenRefusals,
      "token-for-another-election",
      "not-eligible",
      ...registryRefusals,
      ...decisionRefusals,
      "untrusted-key",
      "wrong-election-key",
      "data-directory-unusable",
    ],
  },
  [`GET ${id}`]: {
    summary: "What voters may know of an election.",
    answers: { 200: { description: "The election.", body: "voter's election" } },
    refusals: [
      ...registryRefusals,
      "unknown-election",
      "not-found",
      "overloaded",
      "untrusted-key",
      "wrong-election-key",
      "data-directory-unusable",
    ],
  },
  ...voteKeys,
};
