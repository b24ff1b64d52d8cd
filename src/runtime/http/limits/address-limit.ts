import type { IncomingMessage } from "node:http";
import type { FastifyInstance } from "fastify";
import type { Clock } from "../../time/clock.js";
import { addressGroup } from "../connections/address-counts.js";
import { RateLimit } from "./rate-limit.js";

interface LimitedServer {
  readonly app: FastifyInstance;
  addressOf(request: IncomingMessage): string;
}

/** Whoever watches over a role must be able to ask it. */
const unlimited = new Set<string | undefined>(["/livez", "/readyz", "/statusz", "/metrics"]);

/**
 * Bounds how many requests a second each client may send, before anything of them is read: an IPv4
 * address, or the /64 of an IPv6 address. Without a limit, requests do not pay for it.
 */
export function limitAddresses(
  server: LimitedServer,
  perSecond = 0,
  clock?: Pick<Clock, "now">,
): void {
  if (perSecond === 0) return;
  const limit = new RateLimit({
    ...{ policy: "address", who: "This address sends", unit: "requests", perSecond, clock },
  });
  server.app.addHook("onRequest", (request, _reply, done) => {
    if (!unlimited.has(request.routeOptions.url)) {
      limit.take(addressGroup(server.addressOf(request.raw)));
    }
    done();
  });
}
