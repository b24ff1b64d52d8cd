import type { LiveResult } from "../../../contracts/http/result.js";
import type { Formats } from "./formats.js";
import type { Standing } from "./live-result.js";
import type { Texts } from "./texts-en.js";

/** What decides whether ballots are taken. */
export type Hours = Pick<LiveResult, "status" | "opensAt" | "openedAt" | "closesAt">;

/** Whether ballots are taken: not yet, now, or not any more. */
export type VotingPhase = "before" | "open" | "over";

/** Says whether ballots are taken: none from `closesAt` on, though the close comes later. */
export function phaseOf({ status, closesAt }: Hours, now: number): VotingPhase {
  if (status === "draft") return "before";
  return status === "open" && now < (closesAt ?? Number.POSITIVE_INFINITY) ? "open" : "over";
}

/** The standing whose colour and icon a phase has: the voting page shows nothing of the count. */
export function standingOfPhase(phase: VotingPhase): Standing {
  if (phase === "before") return "draft";
  return phase === "open" ? "counting" : "closed";
}

/** Says whether voting is open, and until when. Times are milliseconds since the epoch. */
export function hoursText(hours: Hours, now: number, texts: Texts, formats: Formats): string {
  const { opensAt, closesAt } = hours;
  const { before, opens, open, openUntil, over } = texts.hours;
  const phase = phaseOf(hours, now);
  if (phase === "over") return over;
  if (phase === "before") return opensAt === undefined ? before : opens(formats.when(opensAt, now));
  return closesAt === undefined ? open : openUntil(formats.when(closesAt, now));
}

/** Counts down to the next opening or closing that is announced; empty if there is none. */
export function countdownText(hours: Hours, now: number, texts: Texts): string {
  const { opensAt, closesAt } = hours;
  const phase = phaseOf(hours, now);
  const next = phase === "before" ? opensAt : phase === "open" ? closesAt : undefined;
  if (next === undefined || next < now) return "";
  return texts.hours.left(durationText(next - now));
}

const units = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
  ["s", 1],
] as const;

/** Writes a duration by its two greatest units, whose signs are the same in all our languages. */
export function durationText(ms: number): string {
  let rest = Math.ceil(ms / 1_000);
  const greatest = units.findIndex(([, seconds]) => rest >= seconds);
  const parts: string[] = [];
  for (const [unit, seconds] of units.slice(greatest, greatest + 2)) {
    const count = String(Math.floor(rest / seconds));
    parts.push(`${parts.length === 0 ? count : count.padStart(2, "0")} ${unit}`);
    rest %= seconds;
  }
  return parts.join(" ");
}
