import type { SharedRole } from "../metrics/workers/merge-status.js";
import type { WorkerReadings } from "../metrics/workers/worker-readings.js";
import { addProbes, createHttpServer, type HttpAddress, shuttingDown } from "./server.js";
import { addMetrics, addStatusRoute } from "./status.js";

/**
 * Starts a server with the probes, the status and the metrics of all workers of this process
 * together.
 *
 * @throws VoteError `port-in-use`, or `invalid-usage` for an address that cannot be had
 */
export async function startWorkersStatus<Role extends SharedRole>(
  role: Role,
  readings: WorkerReadings<Role>,
  address: HttpAddress,
) {
  const server = createHttpServer();
  addProbes(server, () => {
    // It answers while the workers drain.
    if (readings.draining) throw shuttingDown();
    return readings.requireReady();
  });
  addStatusRoute(server, role, () => readings.status());
  addMetrics(server, () => readings.metrics());
  const { url } = await server.listen({ ...address, flag: "--status-port" });
  return { url, metricsUrl: `${url}/metrics`, stop: () => server.stop() };
}
