import type { Election } from "../../core/election.js";
import type { Refusal } from "../../core/formats/certificate.js";
import type { Segment } from "../../core/formats/segment.js";
import type { Findings } from "./report.js";

const maxKept = 100;

/** Counts the records that the ledger passes over and keeps the first: memory stays bounded. */
export class Refusals {
  readonly kept: Refusal[] = [];
  count = 0;
  /** How many are in segments behind the seal; these are only counted. */
  late = 0;

  /** Takes a segment's list: in log order, within the segment, void only what an admin voided. */
  take(segment: Segment, election: Election, findings: Findings, isLate: boolean): void {
    const { partition, sequence, positionTo } = segment;
    let next = segment.positionFrom;
    for (const { position, reason, hash } of segment.refused) {
      const refusal = { partition, position, reason, hash: Buffer.from(hash).toString("hex") };
      const place = { partition, sequence, position };
      if (position < next || position >= positionTo) {
        findings.add("wrong-refusal", place, "passed over out of order");
      }
      if (reason === "voided" && !isVoided(election, refusal)) {
        findings.add("wrong-refusal", place, "passed over as void, but nobody has voided it");
      }
      next = position + 1;
      if (isLate) this.late++;
      else this.#add(refusal);
    }
  }

  addAll(other: Refusals): void {
    for (const refusal of other.kept) this.#add(refusal);
    this.count += other.count - other.kept.length;
    this.late += other.late;
  }

  #add(refusal: Refusal): void {
    this.count++;
    if (this.kept.length < maxKept) this.kept.push(refusal);
  }
}

function isVoided({ voided }: Election, { partition, position, hash }: Refusal): boolean {
  return voided.some(
    (one) => one.partition === partition && one.position === position && one.hash === hash,
  );
}
