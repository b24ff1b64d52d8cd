import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { later, type Places } from "./places.js";
import { addressOf, ballotRequest, choices, type Site, tokensOf } from "./site.js";
import { voteUntilAcknowledged } from "./voters.js";

const addresses = 64;

export interface HonestOutcome {
  readonly sent: number;
  readonly acknowledged: number;
  /** How many ballots were sent more than once: no answer came, or a 503 or a 429. */
  readonly resent: number;
  /** From when each was due until it was acknowledged, in ms, in order of size. */
  readonly latencies: readonly number[];
  readonly places: Places;
}

/** Voters with one vote each, who come at fixed times, whether or not others wait for answers. */
export class HonestVoters {
  readonly #site: Site;
  readonly #tokenOf: (subject: string) => string;
  #came = 0;

  constructor(site: Site) {
    this.#site = site;
    this.#tokenOf = tokensOf(site);
  }

  /** Has so many of them vote. Resolves once each has an acknowledgement. */
  async vote(count: number, perSecond: number): Promise<HonestOutcome> {
    const agent = new Agent({ keepAlive: true });
    const latencies: number[] = [];
    let places: Places = {};
    let resent = 0;
    const start = performance.now();
    const one = async (due: number) => {
      const voter = this.#came++;
      const token = this.#tokenOf(`honest-${voter}`);
      const address = addressOf(1, voter % addresses);
      const ballot = ballotRequest(this.#site, { token, choice: choices.honest });
      const acknowledged = await voteUntilAcknowledged({ ...ballot, address, agent });
      latencies.push(performance.now() - due);
      places = later(places, acknowledged.places);
      if (acknowledged.resent > 0) resent++;
    };
    const all: Promise<void>[] = [];
    for (let sent = 0; sent < count; sent++) {
      const due = start + (sent * 1_000) / perSecond;
      if (due > performance.now()) await sleep(due - performance.now());
      all.push(one(due));
    }
    try {
      await Promise.all(all);
    } finally {
      agent.destroy();
    }
    latencies.sort((left, right) => left - right);
    return { sent: count, acknowledged: latencies.length, resent, latencies, places };
  }
}
