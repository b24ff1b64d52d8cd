import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { TestProject } from "vitest/node";
import { WebSocket } from "ws";

/** Every test has a bound of its own, and none is longer than this. */
const boundMs = Number(process.env.VOTE_TEST_FILE_BOUND_MS ?? 30 * 60_000);
const everyMs = Math.min(10_000, boundMs / 4);

/**
 * Ends a test file that its own bounds cannot end, because it holds up its process: a loop without
 * an end, or a difference of two huge values. It says which file that is, and where it stands.
 */
export function setup({ vitest }: TestProject): () => void {
  const since = new Map<number, number>();
  let looking = false;
  const look = async () => {
    const workers = workersOf(process.pid);
    for (const pid of since.keys()) if (!workers.includes(pid)) since.delete(pid);
    for (const pid of workers) {
      if (!since.has(pid)) since.set(pid, performance.now());
      if (performance.now() - (since.get(pid) ?? 0) < boundMs) continue;
      since.delete(pid);
      const running = vitest.state
        .getTestModules()
        .filter((module) => ["queued", "pending"].includes(module.state()))
        .map(({ relativeModuleId, children }) => {
          const [test] = children.allTests("pending");
          return `${relativeModuleId} (${test?.fullName ?? "no test begun"})`;
        });
      const where = await stackOf(pid).catch((error: unknown) => String(error));
      console.error(
        `NOT OVER within ${boundMs / 1_000} s, now ended, one of: ${running.join(", ")}\n${where}`,
      );
      process.kill(pid, "SIGKILL");
    }
  };
  const watching = setInterval(() => {
    if (looking) return;
    looking = true;
    void look()
      .catch(() => {})
      .finally(() => {
        looking = false;
      });
  }, everyMs);
  return () => clearInterval(watching);
}

/** What the process is doing, however busy it is: V8's inspector has a thread of its own. */
async function stackOf(pid: number): Promise<string> {
  process.kill(pid, "SIGUSR1");
  await sleep(1_000);
  const url = await inspectorUrl();
  const socket = new WebSocket(url);
  try {
    return await new Promise<string>((resolve, reject) => {
      setTimeout(() => resolve("It does nothing: it waits."), 5_000);
      socket.on("error", reject);
      socket.on("open", () => {
        socket.send('{"id":1,"method":"Debugger.enable"}');
        socket.send('{"id":2,"method":"Debugger.pause"}');
      });
      socket.on("message", (data) => {
        const { method, params } = JSON.parse(String(data)) as Paused;
        if (method === "Debugger.paused") resolve(params.callFrames.map(lineOf).join("\n"));
      });
    });
  } finally {
    socket.terminate();
  }
}

interface Paused {
  readonly method?: string;
  readonly params: { readonly callFrames: readonly Frame[] };
}

interface Frame {
  readonly functionName: string;
  readonly url: string;
  readonly location: { readonly lineNumber: number };
}

const lineOf = ({ functionName, url, location }: Frame) =>
  `  at ${functionName} ${url}:${location.lineNumber + 1}`;

async function inspectorUrl(): Promise<string> {
  const targets = await (await fetch("http://127.0.0.1:9229/json/list")).json();
  return (targets as { webSocketDebuggerUrl: string }[])[0].webSocketDebuggerUrl;
}

/** The processes that run test files. Each runs one. */
function workersOf(parent: number): number[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const [, ppid] = readFileSync(`/proc/${name}/stat`, "utf8").split(") ")[1].split(" ");
      const isWorker = readFileSync(`/proc/${name}/cmdline`, "utf8").includes("workers/forks");
      return Number(ppid) === parent && isWorker ? [Number(name)] : [];
    } catch {
      // It has just ended.
      return [];
    }
  });
}
