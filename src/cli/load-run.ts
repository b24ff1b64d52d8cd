import type { ErrorCode } from "../runtime/core/errors.js";
import type { LoadRecord } from "../runtime/load/report/record.js";

/** Why a load run's command does not end with 0; undefined when it does. */
export function loadFailure(record: LoadRecord): ErrorCode | undefined {
  if (!record.reconciled) return "recount-mismatch";
  if (record.abortedBy !== undefined) return "threshold-breached";
  if (record.interrupted) return "interrupted";
  if (record.generator.failure !== undefined) return "generator-failed";
  return record.verdict === "fail" ? "threshold-breached" : undefined;
}
