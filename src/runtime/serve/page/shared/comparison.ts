import type { LiveResult } from "../../../contracts/http/result.js";
import type { Formats } from "./formats.js";
import type { Texts } from "./texts-en.js";

/** Says by how much the first candidate is ahead of the second; empty if there are not two. */
export function marginText(
  { result, counted }: LiveResult,
  texts: Texts,
  formats: Formats,
): string {
  if (counted === 0 || result.length < 2) return "";
  const [first, second] = [...result].sort((one, other) => other.votes - one.votes);
  const votes = first.votes - second.votes;
  if (votes === 0) return texts.level(texts.votesUnit(formats.count(first.votes), first.votes));
  const points = formats.points((votes / counted) * 100);
  return texts.ahead(first.name, second.name, texts.votesUnit(formats.count(votes), votes), points);
}

/** Votes per second over the time in which voting was open; undefined while that is not over. */
export function meanRateOf(figures: LiveResult): number | undefined {
  const { status, counted, openedAt, closesAt, closedAt } = figures;
  if (openedAt === undefined || closedAt === undefined || status === "open") return undefined;
  const lastingMs = Math.min(closesAt ?? closedAt, closedAt) - openedAt;
  return lastingMs > 0 ? (counted * 1_000) / lastingMs : undefined;
}
