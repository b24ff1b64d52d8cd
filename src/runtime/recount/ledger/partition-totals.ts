import { counted, reasonCount } from "../../core/formats/decision.js";

/** Totals of one partition or several, derived from the ballots one by one. */
export class PartitionTotals {
  /** By candidate index. */
  readonly counts: Float64Array;
  /** In the order of `rejectionReasons`. */
  readonly rejections = new Float64Array(reasonCount);
  ballots = 0;
  /** Rejected as `election-closed`, although they were received before the closing time. */
  rejectedInTime = 0;

  constructor(candidates: number) {
    this.counts = new Float64Array(candidates);
  }

  /** Adds one ballot. A decision that no ballot can have changes no total but `ballots`. */
  add(decision: number, choice: number): void {
    this.ballots++;
    if (decision === counted) {
      if (choice < this.counts.length) this.counts[choice]++;
    } else if (decision <= reasonCount) this.rejections[decision - 1]++;
  }

  addAll(other: PartitionTotals): void {
    this.ballots += other.ballots;
    this.rejectedInTime += other.rejectedInTime;
    other.counts.forEach((count, index) => {
      this.counts[index] += count;
    });
    other.rejections.forEach((count, index) => {
      this.rejections[index] += count;
    });
  }

  get counted(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }
}
