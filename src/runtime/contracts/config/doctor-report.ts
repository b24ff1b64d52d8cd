import { z } from "zod";
import type { Contract } from "../schema/check.js";
import { time } from "../schema/json-types.js";

const check = z.object({
  check: z.string().describe("what was looked at: `Node`, `topic vote.sample`"),
  state: z.enum(["ok", "warning", "failed"]),
  detail: z.string().describe("what was found"),
  fix: z.string().optional().describe("what to do about it"),
  code: z.string().optional().describe("of a failed check: its code in errors.md"),
});
export type DoctorCheck = Contract<typeof check>;

/** What `vote doctor` finds. */
export const doctorReportSchema = z.object({
  at: time(),
  version: z.string().describe("of this program"),
  engine: z.enum(["embedded", "cluster"]),
  dataDir: z.string(),
  checks: z.array(check),
});
export type DoctorReport = Contract<typeof doctorReportSchema>;
