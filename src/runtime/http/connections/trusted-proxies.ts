import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import proxyAddress from "@fastify/proxy-addr";
import { VoteError } from "../../core/errors.js";

/** The proxies whose `X-Forwarded-For` counts. Anybody else may write into it what they like. */
export class TrustedProxies {
  readonly #trusts: (address: string, hop: number) => boolean;

  /**
   * @param ranges addresses and CIDR ranges, such as `10.0.0.0/8`; `loopback` for this machine
   * @throws VoteError `invalid-usage` for anything else
   */
  constructor(ranges: readonly string[] = []) {
    this.#trusts = ranges.length === 0 ? () => false : trustIn(ranges);
  }

  /** Whether connections from this address are a proxy's, each for any number of clients. */
  includes(address: string | undefined): boolean {
    return address !== undefined && this.#trusts(address, 0);
  }

  /**
   * The address of the client: who connects, unless that is a trusted proxy. Then it is the last
   * hop in `X-Forwarded-For` that is not one: everything before it, a client could have written.
   */
  addressOf(request: IncomingMessage): string {
    const { remoteAddress = "" } = request.socket;
    if (!this.includes(remoteAddress)) return remoteAddress;
    const address = proxyAddress(request, this.#trusts);
    return isIP(address) === 0 ? remoteAddress : address;
  }
}

function trustIn(ranges: readonly string[]) {
  try {
    return proxyAddress.compile([...ranges]);
  } catch (cause) {
    const detail = `"${ranges.join(", ")}" is not a list of addresses of proxies.`;
    const hint = "Give addresses or ranges like 10.0.0.0/8, 2001:db8::/32, 192.0.2.7 or loopback.";
    throw new VoteError("invalid-usage", detail, { hint, cause });
  }
}
