import { VoteError } from "../runtime/core/errors.js";

const aDayMs = 86_400_000;

/**
 * Resolves at the first SIGTERM or Ctrl+C, so that the caller can drain. The second one ends the
 * process at once with 130 (`force` runs first). With VOTE_STOP_WITH_PARENT=1 the end of standard
 * input counts as a signal too: a parent that dies, however it dies, leaves no orphans.
 */
export function untilStopped(force: () => void = () => {}): Promise<string> {
  return new Promise((resolve) => {
    let signals = 0;
    // Until then the process lives, whatever else goes away.
    const alive = setInterval(() => {}, aDayMs);
    const onSignal = (signal: string) => {
      signals++;
      clearInterval(alive);
      if (signals === 1) {
        resolve(signal);
        return;
      }
      force();
      process.exit(new VoteError("interrupted", "Told to end at once.").exitCode);
    };
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
    if (process.env.VOTE_STOP_WITH_PARENT !== "1") return;
    process.stdin.on("error", () => {}).resume();
    // Only as the first: a parent that sends a signal and then goes away has not insisted.
    process.stdin.once("close", () => signals === 0 && onSignal("parent gone"));
  });
}
