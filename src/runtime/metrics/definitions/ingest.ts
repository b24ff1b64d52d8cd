import { type MetricDefinition, single } from "./definition.js";

/** What an ingest has besides. */
export const ingestMetrics: readonly MetricDefinition<"ingest">[] = [
  {
    name: "vote_ingest_ballots_acknowledged_total",
    help: "Ballots that are durable and were answered with 202.",
    type: "counter",
    read: ({ acknowledged }) => single(acknowledged),
  },
  {
    name: "vote_ingest_ballots_unconfirmed_total",
    help: "Ballots that the log did not confirm in time: their outcome is unknown.",
    type: "counter",
    read: ({ unconfirmed }) => single(unconfirmed),
  },
  {
    name: "vote_ingest_append_retries_total",
    help: "Appends to the log that failed; each is tried again for a while.",
    type: "counter",
    read: ({ retries }) => single(retries),
  },
  {
    name: "vote_ingest_waiting_ballots",
    help: "Ballots that are not durable yet.",
    type: "gauge",
    read: ({ waitingBallots }) => single(waitingBallots),
  },
  {
    name: "vote_ingest_waiting_requests",
    help: "Requests that wait for such ballots.",
    type: "gauge",
    read: ({ waitingRequests }) => single(waitingRequests),
  },
  {
    name: "vote_ingest_gateway_ballots_acknowledged_total",
    help: "Ballots of a gateway that are durable; without a name: of all after the first 64.",
    type: "counter",
    labels: ["gateway"],
    read: ({ gateways = [] }) =>
      gateways.map(({ gateway, acknowledged }) => ({ value: acknowledged, labels: { gateway } })),
  },
  {
    name: "vote_ingest_issuer_keys",
    help: "Public keys that verify the tokens of an identity provider.",
    type: "gauge",
    labels: ["issuer"],
    acrossProcesses: "max",
    read: ({ issuers = [] }) =>
      issuers.map(({ issuer, keys }) => ({ value: keys, labels: { issuer } })),
  },
  {
    name: "vote_ingest_issuer_keys_age_seconds",
    help: "How long ago an identity provider's keys were fetched; absent if they are from a file.",
    type: "gauge",
    labels: ["issuer"],
    acrossProcesses: "max",
    read: ({ issuers = [] }) =>
      issuers.flatMap(({ issuer, ageMs }) =>
        ageMs === null ? [] : [{ value: ageMs / 1_000, labels: { issuer } }],
      ),
  },
];
