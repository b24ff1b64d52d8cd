import { setTimeout as sleep } from "node:timers/promises";
import { later, type Places, placeOf } from "./places.js";
import { type Answer, ask, type Request } from "./site.js";

const patienceMs = 120_000;
const pauseMs = 100;

export interface Acknowledgement {
  /** What the 202 says. */
  readonly body: string;
  readonly places: Places;
  /** How often the ballot was sent again. */
  readonly resent: number;
}

/**
 * Sends one ballot as the promise has it: the same again after a 503, 429, 408 or no answer, until
 * it is acknowledged.
 *
 * @throws Error for any other answer, or after two minutes
 */
export async function voteUntilAcknowledged(ballot: Request): Promise<Acknowledgement> {
  const end = performance.now() + patienceMs;
  for (let resent = 0; ; resent++) {
    const answer = await ask(ballot).catch(() => undefined);
    if (answer?.status === 202) {
      return { body: answer.body, places: placeOf(answer.body), resent };
    }
    const isFinal = answer !== undefined && ![408, 429, 503].includes(answer.status);
    if (isFinal) throw new Error(`a ballot was answered ${answer.status}: ${answer.body}`);
    if (performance.now() > end) throw new Error("a ballot was not acknowledged in two minutes");
    await sleep(pauseMs);
  }
}

/** Those attackers who may vote, once each: whoever had no clear answer asks again at the end. */
export class Voters {
  #places: Places = {};
  readonly #unclear = new Map<string, Request>();
  readonly #acknowledged = new Set<string>();

  /** Sends a ballot of this voter. @returns the answer; rejects if there is none */
  async vote(voter: string, ballot: Request): Promise<Answer> {
    if (!this.#acknowledged.has(voter)) this.#unclear.set(voter, ballot);
    const answer = await ask(ballot);
    if (answer.status === 202) this.acknowledge(voter, placeOf(answer.body));
    return answer;
  }

  acknowledge(voter: string, places: Places): void {
    this.#places = later(this.#places, places);
    this.#acknowledged.add(voter);
    this.#unclear.delete(voter);
  }

  /** Has each vote who has tried. @returns how many there are, and where their ballots are */
  async settle(): Promise<{ readonly voters: number; readonly places: Places }> {
    for (const [voter, ballot] of [...this.#unclear]) {
      this.acknowledge(voter, (await voteUntilAcknowledged(ballot)).places);
    }
    return { voters: this.#acknowledged.size, places: this.#places };
  }
}
