import { z } from "zod";
import type { Contract } from "../schema/check.js";
import { generatorFactsSchema } from "./generator-facts.js";
import { hostFactsSchema } from "./host-facts.js";
import { loadFindingSchema } from "./load-finding.js";
import { faultActions, faultRoles, vias } from "./scenario-file.js";
import { metrics } from "./scenario-thresholds.js";

const ms = z.number();
const perSecond = z.number();
const ballots = z.number();
const byName = z.record(z.string(), z.number());

const latencySummary = z.object({
  p50: ms,
  p90: ms,
  p95: ms,
  p99: ms,
  p999: ms,
  max: ms,
  mean: ms,
});
export type LatencySummary = Contract<typeof latencySummary>;

const intervalLatency = z.object({ p50: ms, p99: ms });

const timelineRow = z.object({
  atMs: ms.describe("the interval's start, after the run's start"),
  due: ballots,
  sent: ballots,
  acknowledged: ballots,
  refused: ballots,
  latencyMs: z
    .object({
      acknowledge: intervalLatency,
      visible: intervalLatency,
      scheduleLag: intervalLatency,
    })
    .describe("of the ballots that were due in the interval; 0 where there were none"),
});
export type TimelineRow = Contract<typeof timelineRow>;

const thresholdOutcome = z.object({
  metric: z.enum(metrics),
  expression: z.string().describe("`p(99)<250ms`"),
  measured: z
    .number()
    .nullable()
    .describe("milliseconds, votes a second or ballots; null if nothing was measured"),
  passed: z.boolean().describe("false too when nothing was measured"),
});
export type ThresholdOutcome = Contract<typeof thresholdOutcome>;

const abortedBy = thresholdOutcome.extend({ atMs: ms.describe("after the start") });
export type AbortedBy = Contract<typeof abortedBy>;

const streamRecord = z.object({
  name: z.string(),
  via: z.enum(vias),
  targetPerSecond: perSecond,
  sentPerSecond: perSecond,
  sent: ballots,
  acknowledged: ballots,
  refused: ballots,
});

const faultRecord = z.object({
  atSeconds: z.number().describe("after the run's start, as planned"),
  action: z.enum(faultActions),
  role: z.enum(faultRoles),
  forSeconds: z.number().describe("how long a process is stopped, or a server stays down"),
  pid: z.number().describe("0 if nothing ran there at that moment"),
  at: z.number(),
});
export type FaultRecord = Contract<typeof faultRecord>;

const searchTrial = z.object({
  votesPerSecond: perSecond,
  sentPerSecond: perSecond,
  held: z.boolean(),
  valid: z.boolean().describe("false when the generator was the limit"),
  why: z.array(z.string()).describe("why it did not hold, or is not valid"),
  acknowledgeP99Ms: ms,
  visibleP99Ms: ms,
});
export type SearchTrial = Contract<typeof searchTrial>;

const searchRecord = z.object({
  trials: z.array(searchTrial),
  found: perSecond.nullable().describe("a rate that held twice; null if there is none"),
  limit: z
    .enum(["system", "generator", "bounds"])
    .describe("what ended at higher rates; `generator`: the system's own limit was not found"),
});
export type SearchRecord = Contract<typeof searchRecord>;

/** What `vote load --json` and `vote demo --json` print, and what `vote load compare` reads. */
export const loadRecordSchema = z.object({
  election: z.string(),
  engine: z.string(),
  scenario: z.string(),
  seed: z.number().describe("the same seed and scenario make the same ballots"),
  startedAt: z.number().describe("when its first ballot was due"),
  version: z.string().optional().describe("vote's version"),
  command: z.string().optional().describe("the command that repeats the run"),
  sendingMs: ms.describe("from the first ballot until the last one was sent"),
  durationMs: ms.describe("from the first ballot until everything was visible"),
  targetPerSecond: perSecond.describe("the target, in votes a second on average"),
  sentPerSecond: perSecond.describe("votes a second sent"),
  acceptedPerSecond: perSecond.describe("acknowledged, over the same time"),
  sent: ballots.describe("different ballots: acknowledged + refused + unknown"),
  acknowledged: ballots.describe("answered as durable: counted + rejected"),
  refused: ballots.describe("refused at the edge"),
  refusals: byName.describe("by error code"),
  unknown: ballots.describe(
    "given up without an answer: in the ledger or not; anything but 0 fails the run",
  ),
  unsent: ballots.describe("due by the schedule and never sent"),
  counted: ballots.describe("by the ledger"),
  rejected: byName.describe("by the ledger, by reason"),
  retriesAbsorbed: ballots.describe("repetitions that the ledger saw and ignored, of this run"),
  retriesSent: ballots.describe("sent again on purpose, as an impatient client does"),
  resent: ballots.describe("sent again because an answer did not come"),
  lost: ballots.describe("acknowledged, and in no segment although the segments have passed it"),
  undecided: ballots.describe("acknowledged, in the log, and behind the last segment: not lost"),
  double: ballots.describe("counted twice"),
  invented: ballots.describe("in the ledger and never sent"),
  closedOut: ballots
    .default(0)
    .describe("acknowledged, and yet rejected as `election-closed`; 0 in older records"),
  foreign: ballots.describe("others' ballots: from before the run, or allowed"),
  latencyMs: z
    .object({
      acknowledge: latencySummary,
      acknowledgeRaw: latencySummary.describe("from the real send time: for comparison only"),
      visible: latencySummary,
    })
    .describe("from the intended send time; 0 when nothing was recorded, `p999` is p99.9"),
  scheduleLagMs: latencySummary.describe("how late the generator itself was"),
  generator: generatorFactsSchema,
  timeline: z
    .object({ everyMs: ms, rows: z.array(timelineRow) })
    .describe("the run over time, in at most about 1,000 rows"),
  agreement: z
    .object({
      generator: z.boolean(),
      view: z.boolean(),
      ledger: z.boolean(),
      recount: z.boolean(),
    })
    .describe("each true if it agrees"),
  result: z.array(z.object({ candidate: z.string(), votes: ballots })).describe("by the ledger"),
  streams: z.array(streamRecord),
  findings: z.array(loadFindingSchema).describe("the first of each kind"),
  findingCount: z.number(),
  findingsFile: z
    .string()
    .optional()
    .describe("the file of all of them, one a line, up to 1,000,000"),
  drained: z.boolean().describe("the view reached the log's end in time"),
  interrupted: z.boolean().describe("the run was cut short"),
  valid: z.boolean().describe("false when the generator, not the system, was the limit"),
  invalidReasons: z.array(z.string()).describe("why it is not valid, a sentence each"),
  thresholds: z.array(thresholdOutcome),
  faults: z.array(faultRecord).optional().describe("those that were injected, in order of time"),
  search: searchRecord
    .optional()
    .describe(
      "the search for the highest rate; ballots are of all trials, the rest is the last one's",
    ),
  reconciled: z.boolean().describe("everything agrees"),
  abortedBy: abortedBy
    .optional()
    .describe("the threshold that ended the run before its time; it counts as breached"),
  verdict: z
    .enum(["pass", "fail"])
    .describe("`pass`: reconciled, every ballot answered, and no threshold breached"),
  host: hostFactsSchema,
});
export type LoadRecord = Contract<typeof loadRecordSchema>;
