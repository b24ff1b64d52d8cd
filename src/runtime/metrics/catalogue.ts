import type { RoleName } from "../contracts/http/status.js";
import type { DurationHistogram } from "../telemetry/duration-histogram.js";
import { certifyMetrics } from "./definitions/certify.js";
import { commonMetrics } from "./definitions/common.js";
import type { MetricDefinition } from "./definitions/definition.js";
import { ingestMetrics } from "./definitions/ingest.js";
import { serveMetrics } from "./definitions/serve.js";
import { tallyMetrics } from "./definitions/tally.js";

/** Every metric that is read from a role's status. */
export const metricsOf: {
  readonly [Role in RoleName]: readonly (MetricDefinition | MetricDefinition<Role>)[];
} = {
  ingest: [...commonMetrics, ...ingestMetrics],
  tally: [...commonMetrics, ...tallyMetrics],
  serve: [...commonMetrics, ...serveMetrics],
  admin: commonMetrics,
  certify: [...commonMetrics, ...certifyMetrics],
};

/** Durations that roles count in buckets, as they happen. */
export const durationMetrics = {
  acknowledge: {
    name: "vote_ingest_acknowledge_duration_seconds",
    help: "From a frame's first ballot until the frame is durable, once a frame.",
    role: "ingest",
  },
  append: {
    name: "vote_ingest_append_duration_seconds",
    help: "One append of a frame to the log that succeeded.",
    role: "ingest",
  },
  commit: {
    name: "vote_tally_commit_duration_seconds",
    help: "One insert of a segment into the ledger.",
    role: "tally",
  },
} as const satisfies Readonly<
  Record<string, { readonly name: string; readonly help: string; readonly role: RoleName }>
>;

export type DurationName = keyof typeof durationMetrics;

/** What a role counts in buckets. */
export type Durations = Readonly<Partial<Record<DurationName, DurationHistogram>>>;
