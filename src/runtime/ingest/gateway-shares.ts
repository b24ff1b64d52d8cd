import type { GatewayShare } from "../contracts/http/status.js";

/** As many gateways have a name of their own in the status, and in Prometheus. */
const maxNamed = 64;
/** No gateway's name: subjects are not empty. */
const others = "";

/** Counts what each gateway has sent, in bounded memory. */
export class GatewayShares {
  readonly #acknowledged = new Map<string, number>();

  /** @param ballots that were acknowledged to this gateway */
  add(gateway: string, ballots: number): void {
    const counted = this.#acknowledged;
    const isNamed = counted.has(gateway) || counted.size < maxNamed;
    const name = isNamed ? gateway : others;
    counted.set(name, (counted.get(name) ?? 0) + ballots);
  }

  /** In the order in which they first sent; those that came after the first 64 are one, `""`. */
  get all(): GatewayShare[] {
    return [...this.#acknowledged].map(([gateway, acknowledged]) => ({ gateway, acknowledged }));
  }
}
