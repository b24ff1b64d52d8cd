import type { DoctorCheck } from "../../contracts/config/doctor-report.js";
import { type ErrorCode, messageOf, VoteError } from "../../core/errors.js";

/** A check that found what it should. */
export function ok(check: string, detail: string): DoctorCheck {
  return { check, state: "ok", detail };
}

/** Something that works, and that an operator wants to know before the night. */
export function warning(check: string, detail: string, fix: string): DoctorCheck {
  return { check, state: "warning", detail, fix };
}

/** Something that must be put right. */
export function failed(check: string, code: ErrorCode, detail: string, fix?: string): DoctorCheck {
  return { check, state: "failed", detail, code, ...(fix === undefined ? {} : { fix }) };
}

/** Runs checks of one name; what they throw is a finding, too. */
export async function looked(
  check: string,
  work: () => Promise<DoctorCheck[]>,
): Promise<DoctorCheck[]> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof VoteError) return [failed(check, error.code, error.message, error.hint)];
    return [failed(check, "internal-error", messageOf(error))];
  }
}
