import { readFileSync } from "node:fs";

/** How many connections, and requests of one address, a server accepts. */
export interface ConnectionLimits {
  /** In total. Default: as many as the process's descriptors allow, but at most 65,536. */
  readonly maxConnections?: number | undefined;
  /**
   * From one IPv4 address or IPv6 /64; 0 for any number. Default: 4,096, but any number from this
   * machine, because a proxy here connects for all its clients.
   */
  readonly maxConnectionsPerAddress?: number | undefined;
  /** From one address, as above; none, or 0, for any number. */
  readonly maxRequestsPerSecondPerAddress?: number | undefined;
  /** Proxies that connect for any number of clients, as `TrustedProxies` takes them. */
  readonly trustedProxies?: readonly string[] | undefined;
}

/** If the system does not say: what most systems allow at least. */
const assumedDescriptors = 1_024;
/** The most descriptors kept for keys, stores and logs; otherwise a quarter of all. */
const maxReserved = 256;
const maxByDefault = 65_536;
export const defaultMaxPerAddress = 4_096;

/** Returns the most connections that leave the process enough descriptors for everything else. */
export function maxConnectionsOf({ maxConnections = maxByDefault }: ConnectionLimits): number {
  const descriptors = descriptorLimit();
  const reserved = Math.min(maxReserved, Math.ceil(descriptors / 4));
  return Math.min(maxConnections, descriptors - reserved);
}

/** Reads the process's soft limit of open files. */
function descriptorLimit(): number {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    const [, soft] = /^Max open files +(\d+|unlimited)/m.exec(limits) ?? [];
    if (soft === "unlimited") return Number.MAX_SAFE_INTEGER;
    return Number(soft ?? assumedDescriptors);
  } catch {
    return assumedDescriptors;
  }
}
