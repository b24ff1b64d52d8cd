import { readFileSync } from "node:fs";

/** How many connections a server takes. */
export interface ConnectionLimits {
  /** All together. Default: what the process's descriptors allow, but at most 65,536. */
  readonly maxConnections?: number | undefined;
  /**
   * From one IPv4 address or IPv6 /64; 0 for any number. Default: 4,096, and any number from this
   * machine, where a proxy stands for all its clients.
   */
  readonly maxConnectionsPerAddress?: number | undefined;
}

/** Where the system does not say: what most systems allow at least. */
const assumedDescriptors = 1_024;
/** Descriptors kept for keys, stores and logs: a quarter, at most so many. */
const maxReserved = 256;
const maxByDefault = 65_536;
export const defaultMaxPerAddress = 4_096;

/** The most connections that leave enough descriptors for everything else in this process. */
export function maxConnectionsOf({ maxConnections = maxByDefault }: ConnectionLimits): number {
  const descriptors = descriptorLimit();
  const reserved = Math.min(maxReserved, Math.ceil(descriptors / 4));
  return Math.min(maxConnections, descriptors - reserved);
}

/** The process's soft limit of open files. */
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
