import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * What tells this process apart from a later one with the same id: when it started. Undefined when
 * no such process runs; one that has ended and only waits for its parent to notice does not run.
 */
export function processIdentity(pid: number): string | undefined {
  return process.platform === "linux" ? fromProc(pid) : fromPs(pid);
}

function fromProc(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // After the program's name, which may hold anything: state first, start time 20th.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return undefined;
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot}/${fields[19]}`;
  } catch {
    return undefined;
  }
}

function fromPs(pid: number): string | undefined {
  try {
    const args = ["-o", "stat=", "-o", "lstart=", "-p", String(pid)];
    const [state, ...started] = execFileSync("ps", args, { encoding: "utf8" }).trim().split(/\s+/);
    return state === undefined || state.startsWith("Z") ? undefined : started.join(" ");
  } catch {
    return undefined;
  }
}

/** Whether a process of this machine has the id; one that may not be signalled counts as alive. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
