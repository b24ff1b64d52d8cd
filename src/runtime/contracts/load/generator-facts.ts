import { z } from "zod";
import type { Contract } from "../schema/check.js";

export const generatorNames = ["builtin", "autocannon", "k6"] as const;
export type GeneratorName = (typeof generatorNames)[number];

const ms = z.number();

/** An external generator's own summary. */
const report = z.object({
  version: z.string(),
  requests: z.number().describe("answered, with any status"),
  requestsPerSecond: z.number(),
  failed: z.number().describe("without a usable answer: connection errors, time-outs, refusals"),
  dropped: z.number().optional().describe("due and never begun, if the generator says so"),
  latencyMs: z.object({
    p50: ms,
    p90: ms,
    p95: ms.optional().describe("k6 only"),
    p99: ms,
    p999: ms,
    max: ms,
  }),
  thresholds: z
    .array(z.object({ expression: z.string(), passed: z.boolean() }))
    .describe("the scenario's thresholds that it judged itself"),
});
export type GeneratorReport = Contract<typeof report>;

/** How one of the generator's processes did. The worst of them decides what a run is worth. */
const processFacts = z.object({
  name: z.string().describe("`this process`, `process 2` of this machine, or an agent's address"),
  cpuSeconds: z.number().describe("user and system time, while sending"),
  busyShare: z.number().describe("the share of time in which its event loop had work"),
  scheduleLagP99Ms: ms.describe("the 99th percentile of how late it was"),
  unsent: z.number().describe("due and never sent"),
  startedAt: z.number().describe("by the coordinator's clock"),
  clockUncertaintyMs: ms.optional().describe("the uncertainty of an agent's clock offset"),
  lost: z.string().optional().describe("why its share is lost, if it is"),
});

/** What sent the ballots, and how hard it had to work. */
export const generatorFactsSchema = z.object({
  name: z.enum(generatorNames),
  processes: z.number(),
  cpuSeconds: z.number().describe("user and system time of all its processes, while sending"),
  busyShare: z
    .number()
    .describe("the share of time in which the busiest process's event loop had work"),
  limits: z.array(z.string()).describe("what this generator cannot promise, a sentence each"),
  report: report
    .optional()
    .describe("what autocannon or k6 reports itself: beside our measurements, never instead"),
  failure: z.string().optional().describe("why it ended early, if it did"),
  each: z.array(processFacts).describe("the builtin generator's processes, one by one"),
});
export type GeneratorFacts = Contract<typeof generatorFactsSchema>;
