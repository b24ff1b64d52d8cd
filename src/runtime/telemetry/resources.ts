import { statfs } from "node:fs/promises";
import type { commonStatusSchema } from "../contracts/http/status.js";
import type { Contract } from "../contracts/schema/check.js";
import { within } from "../time/clock.js";

type Resources = Pick<
  Contract<typeof commonStatusSchema>,
  "cpuSeconds" | "memoryBytes" | "diskFreeBytes" | "diskBytes"
>;

/** A disk of the network that hangs must not hold up the rest. */
const patienceMs = 500;

/**
 * Reads what this process has used of the machine, and what is left on the disk of a directory;
 * null without one, or while the disk does not answer.
 */
export async function resourcesOf(directory?: string): Promise<Resources> {
  const { user, system } = process.cpuUsage();
  const asked = directory === undefined ? undefined : statfs(directory).catch(() => undefined);
  const disk = await within(patienceMs, Promise.resolve(asked));
  return {
    cpuSeconds: (user + system) / 1e6,
    memoryBytes: process.memoryUsage.rss(),
    diskFreeBytes: disk === undefined ? null : disk.bavail * disk.bsize,
    diskBytes: disk === undefined ? null : disk.blocks * disk.bsize,
  };
}
