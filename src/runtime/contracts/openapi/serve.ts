import type { BodyName } from "../bodies.js";
import { decisionAnswers, decisionRefusals, positionParameter } from "./ballot-decision.js";
import {
  type Answer,
  type Operation,
  type Operations,
  type Parameter,
  registryRefusals,
} from "./operation.js";
import { voteKeys } from "./vote-keys.js";

const id = "/v1/elections/{id}";

const resultRefusals = [
  ...registryRefusals,
  "view-unavailable",
  "unknown-election",
  "not-found",
  "recount-mismatch",
] as const;

const cacheable = {
  ETag: "names this content, the same in every serve process",
  "Cache-Control": "how long it may be kept",
  Vary: "which headers of the request it depends on",
};

const ifNoneMatch: Parameter = {
  in: "header",
  name: "If-None-Match",
  description: "the entity tag of what the client has",
};
const unchanged = { description: "The client has it already.", headers: cacheable };

const read = (summary: string, body: BodyName, extra: readonly Parameter[] = []): Operation => ({
  summary,
  parameters: [ifNoneMatch, ...extra],
  answers: { 200: { description: "As JSON.", body, headers: cacheable }, 304: unchanged },
  refusals: resultRefusals,
});

const language: Parameter = {
  in: "query",
  name: "lang",
  description: "the page's language, instead of the browser's",
};

const page = (summary: string, more: Readonly<Record<number, Answer>> = {}): Operation => ({
  summary,
  parameters: [ifNoneMatch, language],
  answers: {
    200: { description: "A page.", type: "text/html", headers: cacheable },
    304: unchanged,
    ...more,
  },
  refusals: resultRefusals,
  isPage: true,
});

const lastEvent = (place: Parameter["in"], name: string): Parameter => ({
  in: place,
  name,
  description: "the last event that the client has: it gets what changed since",
});

const streamRefusals = [...resultRefusals, "overloaded", "shutting-down"] as const;

const voterTag: Parameter = {
  in: "query",
  name: "voterTag",
  description: "as in the receipt: its bytes 236 to 251",
  pattern: "^[0-9a-f]{32}$",
  required: true,
};

/** What serve answers. */
export const serveOperations: Operations = {
  "GET /v1/elections": read("All elections.", "election list"),
  [`GET ${id}/result`]: read("An election's figures.", "result", [
    {
      in: "query",
      name: "detail",
      description: "with up to where each partition is in the figures",
      values: ["partitions"],
    },
  ]),
  [`GET ${id}/ballots/{ballotId}`]: {
    summary: "What has become of a ballot, for whoever has its receipt.",
    parameters: [positionParameter, voterTag],
    answers: decisionAnswers,
    refusals: [...registryRefusals, ...decisionRefusals],
  },
  [`GET ${id}/history`]: read("How the count grew.", "history"),
  [`GET ${id}/events`]: {
    summary: "The figures as they change, as server-sent events; it does not end.",
    parameters: [lastEvent("header", "Last-Event-ID"), lastEvent("query", "lastEventId")],
    answers: { 200: { description: "docs/reference/live.md", type: "text/event-stream" } },
    refusals: streamRefusals,
  },
  [`GET ${id}/socket`]: {
    summary: "The same by WebSocket.",
    parameters: [lastEvent("query", "lastEventId")],
    answers: { 101: { description: "docs/reference/live.md" } },
    refusals: streamRefusals,
  },
  "GET /": page("All elections, or the only one.", {
    302: { description: "There is one election.", headers: { Location: "its page" } },
  }),
  "GET /elections/{id}": page("An election's figures."),
  "GET /elections/{id}/vote": page("The voting page, if serve knows an ingest."),
  "GET /elections/{id}/result.csv": {
    summary: "An election's figures as a table.",
    parameters: [ifNoneMatch],
    answers: {
      200: {
        description: "Comma-separated, with a header.",
        type: "text/csv",
        headers: { ...cacheable, "Content-Disposition": "the file's name" },
      },
      304: unchanged,
    },
    refusals: resultRefusals,
  },
  "GET /v/{code}": {
    summary: "A short link of `vote dev` to a voting page.",
    answers: {
      302: { description: "The code is known.", headers: { Location: "the voting page" } },
    },
    refusals: ["not-found"],
  },
  ...voteKeys,
};
