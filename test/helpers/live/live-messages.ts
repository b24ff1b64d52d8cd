export interface LiveEvent {
  readonly event: string;
  readonly id?: string;
  readonly retry?: string;
  readonly data: Record<string, unknown>;
}

/** The complete events of a stream's text, without signs of life. */
export function eventsIn(text: string): LiveEvent[] {
  return allEventsIn(text).filter(({ event }) => event !== "alive");
}

/** How many signs of life a page would have had by a stream's text. */
export function signsOfLifeIn(text: string): number {
  return allEventsIn(text).filter(({ event }) => event === "alive").length;
}

/** By the rules of the HTML standard: a page sees no comment, and no event without data. */
function allEventsIn(text: string): LiveEvent[] {
  const blocks = text.split("\n\n").slice(0, -1);
  return blocks.flatMap((block) => {
    const fields = block
      .split("\n")
      .filter((line) => !line.startsWith(":"))
      .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]);
    const { data, ...rest } = Object.fromEntries(fields);
    return data === undefined ? [] : [{ ...rest, data: JSON.parse(data) }];
  });
}

/** Applies a message to a result, as a client does. */
export function applied(
  before: Record<string, unknown> | undefined,
  { event, data }: Pick<LiveEvent, "event" | "data">,
): Record<string, unknown> {
  if (event === "result" || before === undefined) return data;
  const { from, at: _, votes, ...changes } = data as { from: number; at: number; votes?: number[] };
  if (from !== before.revision) throw new Error(`${from} is not ${before.revision}`);
  const next: Record<string, unknown> = { ...before, ...changes };
  for (const [field, value] of Object.entries(changes)) if (value === null) delete next[field];
  if (votes === undefined) return next;
  const counted = votes.reduce((sum, one) => sum + one, 0);
  const lines = before.result as Record<string, unknown>[];
  next.result = lines.map((line, index) => {
    return { ...line, votes: votes[index], share: counted === 0 ? 0 : votes[index] / counted };
  });
  return next;
}
