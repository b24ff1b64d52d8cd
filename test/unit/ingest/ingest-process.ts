/** An ingest as a process of its own, for tests: `ingest-process.ts DATA-DIR`. Prints its port. */
import { startIngest } from "../../../src/runtime/ingest/server.js";
import { createLogger } from "../../../src/runtime/telemetry/logger.js";
import { openEngine } from "../../../src/runtime/wiring/engine.js";

const engine = await openEngine({ engine: "embedded", dataDir: process.argv[2] });
const logger = createLogger("ingest", "trace");
const ingest = await startIngest({
  ...engine,
  logger,
  host: "127.0.0.1",
  port: 0,
  retryForMs: 200,
});
process.stdout.write(`${JSON.stringify({ port: ingest.port })}\n`);
process.once("SIGTERM", async () => {
  await ingest.stop();
  await engine.close();
});
