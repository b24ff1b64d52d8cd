import { z } from "zod";
import type { Contract } from "../schema/check.js";
import { count, counts, time } from "../schema/json-types.js";

// Names carry their units: `vote monitor` shows every number here by its name alone.

const store = z.object({
  part: z.enum(["log", "ledger", "view"]),
  store: z.string().describe("which store plays this part: `Kafka`, `LMDB`"),
  reachable: z
    .boolean()
    .nullable()
    .describe("null while there is nothing yet to ask the store for"),
  latencyMs: z.number().nullable(),
  detail: z.string().describe("why it is not reachable; empty otherwise"),
});
export type StoreHealth = Contract<typeof store>;

/** What every role says about itself. */
export const commonStatusSchema = z.object({
  role: z.string(),
  pid: z.int(),
  workers: z
    .array(z.int())
    .optional()
    .describe(
      "process ids of those that `pid` has started, with `--processes`; all else is of all of " +
        "them together: counters and loads are sums, of ages and durations the largest counts",
    ),
  startedAt: time(),
  at: time("when this status was read"),
  draining: z.boolean().describe("it is shutting down, and takes no new work"),
  clockErrorMs: z
    .number()
    .nullable()
    .describe(
      "its clock is at least this far ahead; null while it is unknown, and where all share one",
    ),
  refused: counts("requests and lines of batches, by error code"),
  cpuSeconds: z.number().describe("processor time of all its threads, user and system"),
  memoryBytes: count("its resident memory"),
  diskFreeBytes: count()
    .nullable()
    .describe("left on the disk that it keeps files on; null if it keeps none"),
  diskBytes: count().nullable().describe("the size of that disk"),
  stores: z.array(store).describe("those that this role needs"),
});

/** What `/livez` and `/readyz` answer when all is well. */
export const probeSchema = z.object({ status: z.enum(["live", "ready"]) });

const quantiles = z.object({ p50: z.number(), p99: z.number() });
export type Quantiles = Contract<typeof quantiles>;

const issuer = z.object({
  issuer: z.string(),
  keys: count("public keys that verify its tokens"),
  ageMs: z.number().nullable().describe("since they were fetched; null if they are from a file"),
});
/** An identity provider's keys. */
export type IssuerState = Contract<typeof issuer>;

const gatewayShare = z.object({
  gateway: z
    .string()
    .describe("as its tokens name it; empty: all together that came after the first 64"),
  acknowledged: count("ballots in its batches that are durable"),
});
/** What one gateway has sent. */
export type GatewayShare = Contract<typeof gatewayShare>;

/** What an ingest measures itself. */
export const ingestMetricsSchema = z.object({
  acknowledged: count("ballots that are durable"),
  unconfirmed: count("ballots that the log did not confirm in time: their outcome is unknown"),
  frames: count("frames that the log has taken"),
  retries: count("appends that failed; each is tried again for a while"),
  waitingBallots: count("ballots that are not durable yet"),
  waitingRequests: count("requests that wait for such ballots"),
  acknowledgeMs: quantiles
    .nullable()
    .describe("from a frame's first ballot until the frame is durable, in the last minute"),
  issuers: z
    .array(issuer)
    .optional()
    .describe("identity providers whose tokens it believes, if there are any"),
  gateways: z
    .array(gatewayShare)
    .optional()
    .describe("what each gateway has sent, once there is one"),
});
export type IngestMetrics = Contract<typeof ingestMetricsSchema>;

const partition = z.object({
  election: z.string(),
  partition: z.int(),
  position: z.int().describe("up to where the log is decided"),
  sealed: z.boolean(),
  state: z
    .enum(["loading", "tallying", "halted"])
    .describe("`loading`: its chain is being read; `halted`: damage keeps it from going on"),
  halted: z.string().describe("what is damaged, and where; empty unless it is halted"),
  end: z.int().nullable().describe("where the log ends; null, as the lag, while it is not known"),
  lagRecords: count().nullable(),
  lagSeconds: z.number().nullable(),
});
export type PartitionStatus = Contract<typeof partition>;

const event = z.object({
  number: z.int().describe("one higher with each event of the process"),
  at: time(),
  name: z.string(),
  election: z.string().nullable(),
  partition: z.int().nullable(),
  detail: z.string().describe("one sentence, or empty when the name says everything"),
});
export type RoleEvent = Contract<typeof event>;

/** What a tally measures itself. */
export const tallyMetricsSchema = z.object({
  partitions: z.array(partition),
  commits: count("segments inserted into the ledger"),
  commitMs: quantiles.nullable().describe("how long an insert took in the last minute"),
  eventCounts: counts("events by name"),
  viewLagMs: z.number().describe("how long the oldest figures have been waiting for the view"),
  events: z.array(event).describe("the newest 100, the oldest first"),
});
export type TallyMetrics = Contract<typeof tallyMetricsSchema>;

const certifying = z.object({
  election: z.string(),
  state: z
    .enum([
      "waiting-for-seals",
      "queued",
      "recounting",
      "certifying",
      "elsewhere",
      "failed",
      "stopped",
    ])
    .describe(
      "`elsewhere`: another process recounts it; `failed`: it is tried again; `stopped`: " +
        "something does not agree, and nothing is certified",
    ),
  partitions: count(),
  partitionsDone: count("recounted so far"),
  ballots: count("recounted so far"),
  leftSeconds: z.number().nullable().describe("of the recount; null while that is not known"),
  detail: z.string().describe("why it failed or stopped, with the first wrong place; else empty"),
});
export type Certifying = Contract<typeof certifying>;

/** What a certifier measures itself. */
export const certifyMetricsSchema = z.object({
  elections: z.array(certifying).describe("closed elections that are not official yet"),
  certified: count("elections that it has made official"),
  mismatches: count("elections at which it has stopped"),
  failures: count("attempts that failed and are repeated"),
});
export type CertifyMetrics = Contract<typeof certifyMetricsSchema>;

/** What serve measures itself. */
export const serveMetricsSchema = z.object({
  eventStreams: count("open now"),
  webSockets: count("open now"),
  messagesSent: count(),
  bytesSent: count(),
  viewAgeMs: z.number().nullable().describe("how old the newest reading of the view is"),
  stale: z.boolean().describe("the view cannot be read at the moment"),
});
export type ServeMetrics = Contract<typeof serveMetricsSchema>;

/** `GET /statusz` of each role. Counters are since the process started. */
export const statusSchemas = {
  ingest: commonStatusSchema.extend({ role: z.literal("ingest"), ...ingestMetricsSchema.shape }),
  tally: commonStatusSchema.extend({ role: z.literal("tally"), ...tallyMetricsSchema.shape }),
  serve: commonStatusSchema.extend({ role: z.literal("serve"), ...serveMetricsSchema.shape }),
  admin: commonStatusSchema.extend({ role: z.literal("admin") }),
  certify: commonStatusSchema.extend({ role: z.literal("certify"), ...certifyMetricsSchema.shape }),
};

export type RoleName = keyof typeof statusSchemas;
export type RoleStatus<Role extends RoleName = RoleName> = Contract<(typeof statusSchemas)[Role]>;
/** What a role itself measures; the HTTP server adds the rest. */
export type RoleMetrics<Role extends RoleName> = Omit<RoleStatus<Role>, keyof RoleStatus<"admin">>;
