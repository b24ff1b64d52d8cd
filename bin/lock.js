import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

/** The holder touches its lock this often. */
const heartbeatMs = 2_000;
/** Untouched for this long, a lock belongs to nobody, if its holder cannot be looked up. */
const silentMs = 30_000;
/** The same when a process with the holder's id is there: by then it is probably another one. */
const silentButAliveMs = 600_000;
const pollMs = 200;

/**
 * Runs `work` while this process holds the lock file, so that two first commands at the same time
 * do not install into each other. A holder that died is noticed by its process id or its silence.
 *
 * @param {string} path
 * @param {(text: string) => void} say told once if another process has to be waited for
 * @param {(heldBy: (pid: number) => void) => Promise<void>} work tells which child process does the
 *   work, if it is not this one: a child that outlives this process still has to be waited for
 */
export async function withLock(path, say, work) {
  const mine = `${process.pid} ${hostname()}`;
  const heldBy = (pid) => writeFileSync(path, `${mine} ${pid}\n`);
  for (let told = false; !take(path, `${mine}\n`); ) {
    if (removeIfStale(path)) continue;
    if (!told) say("waiting for another process that is installing or building ...");
    told = true;
    await sleep(pollMs);
  }
  const heartbeat = setInterval(() => touch(path), heartbeatMs);
  const release = () => rmSync(path, { force: true });
  process.once("exit", release);
  try {
    await work(heldBy);
  } finally {
    clearInterval(heartbeat);
    process.removeListener("exit", release);
    release();
  }
}

function take(path, content) {
  try {
    writeFileSync(path, content, { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

function touch(path) {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // Gone: someone took it for stale. The work is the same whoever does it.
  }
}

function removeIfStale(path) {
  try {
    const [pid, host, child = pid] = readFileSync(path, "utf8").trim().split(" ");
    const silentForMs = Date.now() - statSync(path).mtimeMs;
    // Without a host the holder is still writing; on another host its process id says nothing.
    const here = host === hostname();
    // Between two children of its, only the holder lives; when it was killed, maybe only a child.
    const isOver = here && isDead(pid) && isDead(child);
    if (silentForMs < (here ? silentButAliveMs : silentMs) && !isOver) return false;
    // Renamed first, because only one of several waiting processes can succeed in that.
    const aside = `${path}.${process.pid}`;
    renameSync(path, aside);
    rmSync(aside);
    return true;
  } catch (error) {
    if (error.code === "ENOENT") return true;
    throw error;
  }
}

function isDead(pid) {
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
}
