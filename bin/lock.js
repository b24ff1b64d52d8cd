import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

/** The holder touches its lock this often; one not touched for much longer belongs to nobody. */
const heartbeatMs = 2_000;
const staleAfterMs = 30_000;
const pollMs = 200;

/**
 * Runs `work` while this process holds the lock file, so that two first commands at the same time
 * do not install into each other. A holder that died is noticed by its process id or its silence.
 *
 * @param {string} path
 * @param {(text: string) => void} say told once if another process has to be waited for
 * @param {() => Promise<void>} work
 */
export async function withLock(path, say, work) {
  const mine = `${process.pid} ${hostname()}\n`;
  for (let told = false; !take(path, mine); ) {
    if (removeIfStale(path)) continue;
    if (!told) say("waiting for another process that is installing or building ...");
    told = true;
    await sleep(pollMs);
  }
  const heartbeat = setInterval(() => touch(path), heartbeatMs);
  const release = () => rmSync(path, { force: true });
  process.once("exit", release);
  try {
    await work();
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
    const content = readFileSync(path, "utf8");
    if (Date.now() - statSync(path).mtimeMs < staleAfterMs && !holderIsDead(content)) return false;
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

function holderIsDead(content) {
  const [pid, host] = content.trim().split(" ");
  // Without a host the holder is still writing; on another host its process id says nothing.
  if (host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
}
