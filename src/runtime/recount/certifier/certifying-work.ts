import type { Certifying } from "../../contracts/http/status.js";
import type { Election } from "../../core/election.js";
import type { Clock } from "../../time/clock.js";
import type { CertifyStep, CertifyWatch } from "./make-official.js";

/** How far a certifier has come with one election. */
export class CertifyingWork implements CertifyWatch {
  readonly #clock: Pick<Clock, "now">;
  readonly #election: Pick<Election, "id" | "partitions">;
  #state: Certifying["state"] = "waiting-for-seals";
  #detail = "";
  #startedAt = 0;
  #partitionsDone = 0;
  #ballots = 0;

  constructor(election: Pick<Election, "id" | "partitions">, clock: Pick<Clock, "now">) {
    this.#election = election;
    this.#clock = clock;
  }

  step(step: CertifyStep): void {
    this.ended(step, "");
    if (step !== "recounting") return;
    this.#startedAt = this.#clock.now();
    this.#partitionsDone = 0;
    this.#ballots = 0;
  }

  partition(ballots: number): void {
    this.#partitionsDone++;
    this.#ballots += ballots;
  }

  /** Sets what `status` says until the next step. */
  ended(state: Certifying["state"], detail: string): void {
    this.#state = state;
    this.#detail = detail;
  }

  get status(): Certifying {
    const { id: election, partitions } = this.#election;
    return {
      election,
      state: this.#state,
      partitions,
      partitionsDone: this.#partitionsDone,
      ballots: this.#ballots,
      leftSeconds: this.#leftSeconds(),
      detail: this.#detail,
    };
  }

  #leftSeconds(): number | null {
    if (this.#state !== "recounting" || this.#partitionsDone === 0) return null;
    const eachMs = (this.#clock.now() - this.#startedAt) / this.#partitionsDone;
    return Math.round((eachMs * (this.#election.partitions - this.#partitionsDone)) / 100) / 10;
  }
}
