import type { Claim } from "./kafka-client.js";

/**
 * Shares partitions evenly and moves as few as it can: a tally that keeps a partition keeps the
 * state it has built up for it.
 *
 * @param partitions how many there are
 * @param claims     by member id, what it holds already
 * @returns by member id, what it holds from now on, in ascending order
 */
export function assignPartitions(
  partitions: number,
  claims: ReadonlyMap<string, Claim>,
): Map<string, number[]> {
  const holders = currentHolders(partitions, claims);
  // Those who hold most get the larger shares, so that nothing moves without need.
  const members = [...claims.keys()].sort((a, b) => {
    const more = (holders.get(b)?.length ?? 0) - (holders.get(a)?.length ?? 0);
    return more !== 0 ? more : a < b ? -1 : 1;
  });
  const share = Math.floor(partitions / members.length);
  const larger = partitions % members.length;
  const assignment = new Map<string, number[]>();
  const taken = new Set<number>();
  members.forEach((member, rank) => {
    const quota = share + (rank < larger ? 1 : 0);
    const kept = (holders.get(member) ?? []).slice(0, quota);
    for (const partition of kept) taken.add(partition);
    assignment.set(member, kept);
  });
  let free = 0;
  members.forEach((member, rank) => {
    const mine = assignment.get(member) ?? [];
    const quota = share + (rank < larger ? 1 : 0);
    while (mine.length < quota) {
      while (taken.has(free)) free++;
      taken.add(free);
      mine.push(free);
    }
    mine.sort((a, b) => a - b);
  });
  return assignment;
}

/** Who holds what. Of two who claim a partition, the one confirmed more recently has it. */
function currentHolders(
  partitions: number,
  claims: ReadonlyMap<string, Claim>,
): Map<string, number[]> {
  const holder = new Map<number, { member: string; generation: number }>();
  for (const [member, { generation, partitions: claimed }] of [...claims].sort(byKey)) {
    for (const partition of claimed) {
      if (partition < 0 || partition >= partitions) continue;
      const other = holder.get(partition);
      if (other === undefined || other.generation < generation) {
        holder.set(partition, { member, generation });
      }
    }
  }
  const held = new Map<string, number[]>();
  for (const [partition, { member }] of [...holder].sort(([a], [b]) => a - b)) {
    held.set(member, [...(held.get(member) ?? []), partition]);
  }
  return held;
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) =>
  a < b ? -1 : 1;

/** The claim as it rides in a member's metadata: int32s, the generation first. */
export function encodeClaim({ generation, partitions }: Claim): Buffer {
  const bytes = Buffer.alloc(4 + 4 * partitions.length);
  bytes.writeInt32BE(generation, 0);
  partitions.forEach((partition, index) => {
    bytes.writeInt32BE(partition, 4 + 4 * index);
  });
  return bytes;
}

/** Anything else than `encodeClaim` writes is no claim at all. */
export function decodeClaim(bytes: Uint8Array | null | undefined): Claim {
  const claim = Buffer.from(bytes ?? []);
  if (claim.length < 4 || claim.length % 4 !== 0) return { generation: -1, partitions: [] };
  const partitions: number[] = [];
  for (let at = 4; at < claim.length; at += 4) partitions.push(claim.readInt32BE(at));
  return { generation: claim.readInt32BE(0), partitions };
}
