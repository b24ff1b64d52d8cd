import { Flags, type Interfaces } from "@oclif/core";
import type { ConnectionLimits } from "../../runtime/http/connections/connection-limits.js";
import { wholeFlag } from "./numbers.js";

/** Flags for the address that a process listens on. */
export function addressFlags(defaultPort: number) {
  return {
    port: wholeFlag({
      description: "Port to listen on; 0 takes any free one",
      min: 0,
      max: 65_535,
      default: defaultPort,
    }),
    host: Flags.string({
      helpValue: "<address>",
      description: "Address to listen on",
      default: "127.0.0.1",
    }),
  };
}

/** Flags for the address of a role that listens, and for what it takes from whom. */
export function listenFlags(defaultPort: number) {
  return {
    ...addressFlags(defaultPort),
    "max-connections": wholeFlag({
      helpGroup: "LIMITS",
      description: "Most connections at once (default: what the descriptors allow, up to 65,536)",
      min: 1,
      env: "VOTE_MAX_CONNECTIONS",
    }),
    "max-connections-per-address": wholeFlag({
      helpGroup: "LIMITS",
      description:
        "Most connections of one address, 0 for any number, as behind a load balancer " +
        "(default: 4,096, and any number from this machine)",
      min: 0,
      env: "VOTE_MAX_CONNECTIONS_PER_ADDRESS",
    }),
    "max-rps-per-address": wholeFlag({
      helpGroup: "LIMITS",
      description: "Most requests a second of one address, or IPv6 /64 (default: any number)",
      min: 0,
      env: "VOTE_MAX_RPS_PER_ADDRESS",
    }),
    "trust-proxy": Flags.string({
      helpGroup: "LIMITS",
      helpValue: "<cidr>",
      description: "Proxy whose X-Forwarded-For names the client, like 10.0.0.0/8; repeat for more",
      multiple: true,
      default: [],
    }),
  };
}

/** The flag for how many processes do a role's work; `what` they share, and what each has. */
export function processesFlag(what: string) {
  return wholeFlag({
    description: `Processes that share ${what}`,
    min: 1,
    max: 256,
    default: 1,
  });
}

/** Flags for the address at which Prometheus finds a role whose own address is the public's. */
export function metricsFlags(role: "ingest" | "serve") {
  const prefix = `VOTE_${role.toUpperCase()}_METRICS`;
  return {
    "metrics-port": wholeFlag({
      description: "Port for Prometheus, GET /metrics; 0 takes any free one (default: none)",
      min: 0,
      max: 65_535,
      env: `${prefix}_PORT`,
    }),
    "metrics-host": Flags.string({
      helpValue: "<address>",
      description: "Address for the metrics port",
      default: "127.0.0.1",
      env: `${prefix}_HOST`,
    }),
  };
}

/** Where these flags want the metrics, if anywhere. */
export function metricsAddress(
  flags: Interfaces.InferredFlags<ReturnType<typeof metricsFlags>>,
): { readonly host: string; readonly port: number } | undefined {
  const { "metrics-port": port, "metrics-host": host } = flags;
  return port === undefined ? undefined : { host, port };
}

/** The flags' limits as a server takes them. */
export function connectionLimits(
  flags: Interfaces.InferredFlags<ReturnType<typeof listenFlags>>,
): ConnectionLimits {
  return {
    maxConnections: flags["max-connections"],
    maxConnectionsPerAddress: flags["max-connections-per-address"],
    maxRequestsPerSecondPerAddress: flags["max-rps-per-address"],
    trustedProxies: flags["trust-proxy"],
  };
}
