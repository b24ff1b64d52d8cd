/** How far acknowledged ballots reach in each partition of the log. */
export type Places = Readonly<Record<string, number>>;

/** The later place in each partition. */
export function later(one: Places, other: Places): Places {
  const all: Record<string, number> = { ...one };
  for (const [partition, position] of Object.entries(other)) {
    all[partition] = Math.max(all[partition] ?? 0, position);
  }
  return all;
}

/** The place that a 202 to a single ballot names. */
export function placeOf(body: string): Places {
  const { partition, position } = JSON.parse(body) as { partition: number; position: number };
  return { [partition]: position };
}
