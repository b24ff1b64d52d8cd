import { errorCatalogue } from "../runtime/core/errors.js";
import { sameSignalMs } from "./signals.js";

/** The first Ctrl+C or SIGTERM stops sending, and the run is still reconciled; the second ends. */
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
