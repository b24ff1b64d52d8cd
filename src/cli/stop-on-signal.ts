import { errorCatalogue } from "../runtime/core/errors.js";

/** The first Ctrl+C or SIGTERM stops sending, and the run is still reconciled; the second ends. */
export function stopOnSignal(): AbortSignal {
  const stopping = new AbortController();
  const stop = () => {
    if (stopping.signal.aborted) process.exit(errorCatalogue.interrupted.exitCode);
    stopping.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return stopping.signal;
}
