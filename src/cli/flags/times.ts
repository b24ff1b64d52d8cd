import { VoteError } from "../../runtime/core/errors.js";

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * "500ms", "10s", "5m", "1h", "2d" in milliseconds.
 *
 * @throws VoteError `invalid-usage`
 */
export function parseDurationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  if (match !== null) return Number(match[1]) * unitMs[match[2] as keyof typeof unitMs];
  throw new VoteError("invalid-usage", `"${text.slice(0, 40)}" is not a duration.`, {
    hint: "Write a number with its unit: 500ms, 10s, 5m, 1h, 2d.",
  });
}
