import type { LoadFinding, LoadFindingKind } from "../../contracts/load/load-finding.js";
import type { Election } from "../../core/election.js";
import {
  ballotBytes,
  ballotIdOffset,
  idBytes,
  readBallot,
  tagOffset,
} from "../../core/formats/ballot.js";
import { counted } from "../../core/formats/decision.js";
import type { Segment } from "../../core/formats/segment.js";
import type { LoadFindings } from "../reconcile/findings.js";
import { emptyTotals, type RunningTotals } from "../reconcile/totals.js";
import type { Transcript } from "./transcript.js";

/** Checks segments ballot by ballot against a transcript. */
export class TranscriptChecker {
  /** The transcript's ballots in the ledger. */
  readonly own: RunningTotals;
  /** Other clients' ballots, when they are allowed. */
  foreign = 0;
  readonly #transcript: Transcript;
  readonly #candidates: readonly string[];
  readonly #findings: LoadFindings;
  readonly #allowForeign: boolean;
  readonly #decided = new Set<string>();
  /** Tags of voters with a counted ballot. All ballots of a voter meet in one partition. */
  readonly #countedVoters = new Set<string>();
  /** Rejected ballots that no segment keeps, and that can be anybody's. */
  #unkept = 0;

  constructor(
    transcript: Transcript,
    { candidates }: Pick<Election, "candidates">,
    findings: LoadFindings,
    allowForeign: boolean,
  ) {
    this.#transcript = transcript;
    this.#candidates = candidates.map(({ id }) => id);
    this.#findings = findings;
    this.#allowForeign = allowForeign;
    this.own = emptyTotals(candidates.length);
  }

  check(segment: Segment): void {
    for (let place = 0; place < segment.ballotCount; place++) this.#checkBallot(segment, place);
  }

  checkUnkept({ unkept }: Segment): void {
    this.#unkept += Array.from(unkept).reduce((sum, more) => sum + more, 0);
  }

  /** Adds a finding for each ballot that was acknowledged and not decided. */
  nameLost(): void {
    const missing: string[] = [];
    for (const [id, { answer }] of this.#transcript.ballots) {
      if (answer === "acknowledged" && !this.#decided.has(id)) missing.push(id);
    }
    if (missing.length <= this.#unkept) return;
    for (const ballotId of missing) {
      const detail = `ballot ${ballotId} was acknowledged and is in no segment`;
      this.#findings.add("lost", () => ({ detail, ballotId }));
    }
  }

  #checkBallot(segment: Segment, place: number): void {
    const { ballots, decisions, partition, sequence } = segment;
    const at = place * ballotBytes;
    const idAt = at + ballotIdOffset;
    const ballotId = ballots.toString("hex", idAt, idAt + idBytes);
    const report = (kind: LoadFindingKind, what: string) =>
      this.#findings.add(kind, (): Omit<LoadFinding, "kind"> => {
        const where = `partition ${partition}, segment ${sequence}, ballot ${place}`;
        const { receivedAt } = readBallot(ballots, at);
        const detail = `${where} (id ${ballotId}) ${what}`;
        return { detail, ballotId, partition, sequence, receivedAt };
      });
    const isCounted = decisions[place] === counted;
    const tag = ballots.toString("latin1", at + tagOffset, at + tagOffset + idBytes);
    const sent = this.#transcript.ballots.get(ballotId);
    if (isCounted && this.#countedVoters.has(tag)) {
      report("counted-twice", "was counted, as was another ballot of its voter");
    }
    if (isCounted) this.#countedVoters.add(tag);
    if (sent === undefined) {
      if (this.#allowForeign) this.foreign++;
      else report("invented", "was never sent");
      return;
    }
    const { choice } = readBallot(ballots, at);
    if (isCounted) this.own.counts[choice]++;
    else this.own.rejections[decisions[place] - 1]++;
    const candidate = this.#candidates[choice];
    if (this.#decided.has(ballotId)) report("decided-twice", "is in the ledger a second time");
    this.#decided.add(ballotId);
    if (candidate !== sent.candidate) {
      report("wrong-choice", `is for ${candidate}, and was sent for ${sent.candidate}`);
    }
    if (sent.answer === "refused") {
      report("refused-but-decided", "was refused to the client and yet decided");
    }
  }
}
