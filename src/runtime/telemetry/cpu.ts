import { readFile } from "node:fs/promises";

/** Kernel clock ticks a second, as Linux exports them to user space (USER_HZ). */
const ticksPerSecond = 100;

/**
 * CPU seconds (user and system, all threads) that a process has used so far.
 *
 * @returns undefined where there is no /proc, or no such process
 */
export async function cpuSecondsOf(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (stat === undefined) return undefined;
  // The second field is the program's name in parentheses and may hold spaces: count after it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** The sum over several processes; those that cannot be read count as nothing. */
export async function cpuSecondsOfAll(pids: readonly number[]): Promise<number> {
  const all = await Promise.all(pids.map(cpuSecondsOf));
  return all.reduce<number>((sum, seconds) => sum + (seconds ?? 0), 0);
}
