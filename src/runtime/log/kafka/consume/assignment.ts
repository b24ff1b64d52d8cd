import type { Claim } from "../client/client.js";

/**
 * Shares partitions evenly among members and moves as few as possible: a tally that keeps a
 * partition keeps the state it has built for it.
 *
 * @param partitions the number of partitions
 * @param claims the partitions that each member holds, by member id
 * @returns each member's partitions in ascending order, by member id
 */
export function assignPartitions(
  partitions: number,
  claims: ReadonlyMap<string, Claim>,
): Map<string, number[]> {
  const claimants = claimantsOf(partitions, claims);
  const held = new Map([...claims.keys()].sort().map((member) => [member, [] as number[]]));
  claimants.forEach(([holder], partition) => {
    if (holder !== undefined) held.get(holder)?.push(partition);
  });
  // Those who hold most get the larger shares, so that nothing moves needlessly.
  const members = [...held.keys()].sort((a, b) => lengthOf(held, b) - lengthOf(held, a));
  const share = Math.floor(partitions / members.length);
  const larger = partitions % members.length;
  const quotas = new Map(members.map((member, rank) => [member, share + (rank < larger ? 1 : 0)]));
  const free = new Set(claimants.keys());
  const assignment = new Map<string, number[]>();
  for (const member of members) {
    // Partitions that another member claims as well are given up first: it has their state.
    const mine = (held.get(member) ?? []).sort(
      (a, b) => claimants[a].length - claimants[b].length || a - b,
    );
    const kept = mine.slice(0, quotas.get(member));
    for (const partition of kept) free.delete(partition);
    assignment.set(member, kept);
  }
  for (const [member, mine] of assignment) {
    const known = [...free].filter((partition) => claimants[partition].includes(member));
    for (const partition of known) {
      if (mine.length === quotas.get(member)) break;
      mine.push(partition);
      free.delete(partition);
    }
  }
  for (const [member, mine] of assignment) {
    for (const partition of free) {
      if (mine.length === quotas.get(member)) break;
      mine.push(partition);
      free.delete(partition);
    }
    mine.sort((a, b) => a - b);
  }
  return assignment;
}

const lengthOf = (held: ReadonlyMap<string, number[]>, member: string) =>
  held.get(member)?.length ?? 0;

/** The members that claim each partition, the most recently confirmed first. */
function claimantsOf(partitions: number, claims: ReadonlyMap<string, Claim>): string[][] {
  const claimants = Array.from({ length: partitions }, (): string[] => []);
  const newestFirst = [...claims].sort(
    ([a, mine], [b, theirs]) => theirs.generation - mine.generation || (a < b ? -1 : 1),
  );
  for (const [member, claim] of newestFirst) {
    for (const partition of new Set(claim.partitions)) claimants[partition]?.push(member);
  }
  return claimants;
}

/** Encodes a claim for a member's metadata: int32s, the generation first. */
export function encodeClaim({ generation, partitions }: Claim): Buffer {
  const bytes = Buffer.alloc(4 + 4 * partitions.length);
  bytes.writeInt32BE(generation, 0);
  partitions.forEach((partition, index) => {
    bytes.writeInt32BE(partition, 4 + 4 * index);
  });
  return bytes;
}

/** Decodes what `encodeClaim` wrote; anything else is an empty claim. */
export function decodeClaim(bytes: Uint8Array | null | undefined): Claim {
  const claim = Buffer.from(bytes ?? []);
  if (claim.length < 4 || claim.length % 4 !== 0) return { generation: -1, partitions: [] };
  const partitions: number[] = [];
  for (let at = 4; at < claim.length; at += 4) partitions.push(claim.readInt32BE(at));
  return { generation: claim.readInt32BE(0), partitions };
}
