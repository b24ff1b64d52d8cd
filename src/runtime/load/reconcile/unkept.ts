import { alreadyVoted, keptRejections } from "../../core/formats/decision.js";
import type { Segment } from "../../core/formats/segment.js";
import type { LoadFindings } from "./findings.js";
import type { RunningTotals } from "./totals.js";

/**
 * Rejected ballots that stand in no segment, as those of their voter fill the places that a chain
 * keeps: the totals alone have them, and each repetition of one once more.
 */
export class UnkeptBallots {
  /** By partition: how many the chains count, and whether others may have sent some. */
  readonly #ofAll = new Map<number, { readonly count: number; readonly mayBeForeign: boolean }>();
  /** By partition: how many of the run's own ballots must be among them. */
  readonly #own = new Map<number, number>();
  /** More than the run's own ballots: repetitions of them. */
  repeated = 0;

  /** Takes what the end of a chain says. */
  addChain({ partition, unkept }: Segment, mayBeForeign: boolean): void {
    const count = Array.from(unkept).reduce((sum, more) => sum + more, 0);
    this.#ofAll.set(partition, { count, mayBeForeign });
  }

  /** Takes a second vote of the run that is acknowledged and in no segment of this partition. */
  addOwn(partition: number): void {
    this.#own.set(partition, (this.#own.get(partition) ?? 0) + 1);
  }

  /**
   * Compares both, once all is added.
   *
   * @param totals       receive the run's own, and those of others
   * @param mostRepeated how many times the run has sent a ballot again
   */
  settle(
    totals: { readonly own: RunningTotals; readonly foreign: RunningTotals },
    findings: LoadFindings,
    mostRepeated: number,
  ): void {
    for (const [partition, { count, mayBeForeign }] of this.#ofAll) {
      const own = this.#own.get(partition) ?? 0;
      const more = count - own;
      totals.own.rejections[alreadyVoted - 1] += Math.min(count, own);
      const where = `partition ${partition}: ${Math.abs(more)} rejected ballots`;
      if (more < 0) {
        const detail = `${where} were acknowledged, and are neither in a segment nor in the totals`;
        findings.add("lost", () => ({ detail, partition }));
      } else if (mayBeForeign) totals.foreign.rejections[alreadyVoted - 1] += more;
      else if (more + this.repeated <= mostRepeated) this.repeated += more;
      else {
        const detail = `${where} that no segment keeps`;
        findings.add("invented", () => ({ detail, partition }));
      }
    }
  }
}

/**
 * Whether the segments keep no further rejected ballot of a voter.
 *
 * @param rejected how many they have, by voter, of those who send many
 */
export function hasUnkept(rejected: Uint32Array, voter: number): boolean {
  return voter < rejected.length && rejected[voter] >= keptRejections;
}
