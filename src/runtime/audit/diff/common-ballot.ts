import type { DecisionChain } from "./decision-chain.js";

/** Places behind the next decision, of one ballot on both sides. */
export interface CommonBallot {
  readonly a: number;
  readonly b: number;
}

/**
 * Finds the nearest ballot that both sides hold, so that a comparison goes on after what only one
 * of them has. Looks a few places ahead first: where one ballot is missing, the next is common.
 */
export function nextCommonBallot(a: DecisionChain, b: DecisionChain): CommonBallot | undefined {
  const most = Math.max(a.count, b.count);
  for (let reach = 16; ; reach *= 16) {
    const found = commonWithin(a, b, reach);
    if (found !== undefined || reach >= most) return found;
  }
}

function commonWithin(a: DecisionChain, b: DecisionChain, reach: number): CommonBallot | undefined {
  const places = new Map<string, number>();
  for (let at = Math.min(reach, b.count) - 1; at >= 0; at--) places.set(b.identity(at), at);
  let nearest: CommonBallot | undefined;
  for (let at = 0; at < Math.min(reach, a.count); at++) {
    if (nearest !== undefined && at >= nearest.a + nearest.b) break;
    const other = places.get(a.identity(at));
    if (other === undefined) continue;
    if (nearest === undefined || at + other < nearest.a + nearest.b) {
      nearest = { a: at, b: other };
    }
  }
  return nearest;
}
