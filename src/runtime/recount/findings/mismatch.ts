import { errorCatalogue, VoteError } from "../../core/errors.js";
import type { FindingKind, FindingPlace } from "./report.js";

interface MismatchOptions {
  readonly finding: FindingKind | "live-count";
  readonly place: FindingPlace;
  readonly hint: string;
}

/** The first thing in which the evidence, or the live count, does not agree; with its place. */
export class Mismatch extends VoteError {
  readonly finding: MismatchOptions["finding"];
  readonly place: FindingPlace;

  /** @param detail what is wrong and where, in one sentence */
  constructor(detail: string, { finding, place, hint }: MismatchOptions) {
    super("recount-mismatch", detail, { hint });
    this.finding = finding;
    this.place = place;
  }
}

/** Whether an error says that evidence does not agree, or is damaged: trying again is no use. */
export function isMismatch(error: unknown): error is VoteError {
  return error instanceof VoteError && errorCatalogue[error.code].exitCode === 3;
}
