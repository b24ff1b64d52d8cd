import type { DoctorCheck, DoctorReport } from "../../runtime/contracts/config/doctor-report.js";
import { countedText } from "../../runtime/text/numbers.js";

const marks = { ok: "✓", warning: "!", failed: "✗" } as const;

/**
 * Renders `vote doctor`: a line a check, and below it what to do.
 *
 * @param fixes what to do, spelled as this program was called, in the order of the checks
 */
export function doctorText(
  { checks }: DoctorReport,
  fixes: readonly (string | undefined)[],
): string {
  const width = Math.max(...checks.map(({ check }) => check.length)) + 2;
  const lines = checks.map(({ check, state, detail }, index) => {
    const fix = fixes[index];
    const todo = fix === undefined ? "" : `\n    → ${fix}`;
    return `${marks[state]} ${check.padEnd(width)}${detail}${todo}`;
  });
  return [...lines, "", verdictOf(checks)].join("\n");
}

function verdictOf(checks: readonly DoctorCheck[]): string {
  const count = (wanted: DoctorCheck["state"]) =>
    checks.filter(({ state }) => state === wanted).length;
  const [bad, warnings] = [count("failed"), count("warning")];
  const counted = countedText(warnings, "warning");
  if (bad > 0) return `${countedText(bad, "check")} failed, ${counted}.`;
  return warnings === 0 ? "All is well." : `Nothing failed, ${counted}.`;
}
