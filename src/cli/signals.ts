import { errorCatalogue } from "../runtime/core/errors.js";

const aDayMs = 86_400_000;
/** npm and the terminal both pass a signal on: a second one this soon is the same one. */
const sameSignalMs = 250;

/**
 * Resolves at the first SIGTERM or Ctrl+C, so that the caller can drain. The second one runs
 * `force` and ends the process with 130. With VOTE_STOP_WITH_PARENT=1 the end of standard input
 * counts as a signal too, so that a parent that dies leaves no orphans.
 */
export function untilStopped(force: () => void = () => {}): Promise<string> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    // Keeps the process alive until the first signal, even with no other work left.
    const alive = setInterval(() => {}, aDayMs);
    const onSignal = (signal: string) => {
      clearInterval(alive);
      if (firstAt === undefined) {
        firstAt = performance.now();
        resolve(signal);
        return;
      }
      if (performance.now() - firstAt < sameSignalMs) return;
      force();
      process.exit(errorCatalogue.interrupted.exitCode);
    };
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
    if (process.env.VOTE_STOP_WITH_PARENT !== "1") return;
    process.stdin.on("error", () => {}).resume();
    // A parent that sends a signal and then dies has not asked twice.
    const gone = () => firstAt === undefined && onSignal("parent gone");
    // A broken pipe emits only "close", a file only "end".
    process.stdin.once("end", gone).once("close", gone);
  });
}

/**
 * Aborts at the first Ctrl+C or SIGTERM, so that a run stops sending and is still reconciled. The
 * second one ends the process with 130.
 */
export function stopOnSignal(): AbortSignal {
  const stopping = new AbortController();
  let firstAt = 0;
  const stop = () => {
    if (!stopping.signal.aborted) {
      firstAt = performance.now();
      stopping.abort();
    } else if (performance.now() - firstAt >= sameSignalMs) {
      process.exit(errorCatalogue.interrupted.exitCode);
    }
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return stopping.signal;
}
