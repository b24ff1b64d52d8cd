import { VoteError } from "../runtime/core/errors.js";

const aDayMs = 86_400_000;
/** A second signal this soon is the same one, which npm has passed on as well as the terminal. */
export const sameSignalMs = 250;

/**
 * Resolves at the first SIGTERM or Ctrl+C, so that the caller can drain. The second one ends the
 * process at once with 130 (`force` runs first). With VOTE_STOP_WITH_PARENT=1 the end of standard
 * input counts as a signal too: a parent that dies, however it dies, leaves no orphans.
 */
export function untilStopped(force: () => void = () => {}): Promise<string> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    // Until then the process lives, whatever else goes away.
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
      process.exit(new VoteError("interrupted", "Told to end at once.").exitCode);
    };
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
    if (process.env.VOTE_STOP_WITH_PARENT !== "1") return;
    process.stdin.on("error", () => {}).resume();
    // Only as the first: a parent that sends a signal and then goes away has not insisted.
    const gone = () => firstAt === undefined && onSignal("parent gone");
    // A pipe that breaks only closes, and a file only ends.
    process.stdin.once("end", gone).once("close", gone);
  });
}
