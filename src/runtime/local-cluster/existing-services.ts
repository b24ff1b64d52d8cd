import { resolve } from "node:path";
import { VoteError } from "../core/errors.js";
import { brokersStored } from "./servers/kafka-server.js";
import { probeDynamo, probeKafka, probeRedis } from "./servers/probes.js";
import { type ServerStatus, statusOf } from "./servers/running-server.js";
import { endProcess, isRunning } from "./servers/server-process.js";
import type { Service } from "./servers/versions.js";
import {
  defaultServicesDir,
  type Endpoints,
  endpointsOf,
  readState,
  removeState,
  type ServerRecord,
  writeState,
} from "./state.js";

export interface ServicesStatus {
  readonly dir: string;
  /** Every server answers. */
  readonly ready: boolean;
  readonly servers: readonly ServerStatus[];
  readonly endpoints: Endpoints;
}

/**
 * Probes every server of a directory.
 *
 * @throws VoteError `not-running` when none was started there
 */
export async function servicesStatus(dir: string = defaultServicesDir): Promise<ServicesStatus> {
  const { path, known } = await knownServers(dir);
  const brokers = await brokersStored(path);
  const probeOf = ({ service, port }: ServerRecord): Promise<void> => {
    if (service === "kafka") return probeKafka(port, brokers);
    return service === "dynamodb" ? probeDynamo(port) : probeRedis(port);
  };
  const servers = await Promise.all(known.map((one) => statusOf(one, () => probeOf(one))));
  const ready = servers.every(({ state }) => state === "ready");
  return { dir: path, ready, servers, endpoints: endpointsOf(known) };
}

/** Brokers that all stop at once wait for one another in vain. */
const endWithinMs = 5_000;

export interface StoppedServices {
  readonly dir: string;
  /** Names of the servers that were running. */
  readonly stopped: readonly string[];
}

/**
 * Stops exactly the servers that were started from a directory. Data and logs stay.
 *
 * @param only default: all of them
 * @throws VoteError `not-running` when none was started there
 */
export async function stopServices(
  dir: string = defaultServicesDir,
  only?: readonly Service[],
): Promise<StoppedServices> {
  const { path, known } = await knownServers(dir);
  const chosen = known.filter(({ service }) => only?.includes(service) ?? true);
  const running = chosen.filter(isRunning);
  await Promise.all(running.map((one) => endProcess(one, "SIGTERM", endWithinMs)));
  const rest = known.filter((one) => !chosen.includes(one));
  if (rest.length === 0) await removeState(path);
  else await writeState({ version: 1, dir: path, servers: rest }, false);
  return { dir: path, stopped: running.map(({ name }) => name) };
}

async function knownServers(
  dir: string,
): Promise<{ path: string; known: readonly ServerRecord[] }> {
  const path = resolve(dir);
  const known = (await readState(path))?.servers ?? [];
  if (known.length > 0) return { path, known };
  throw new VoteError("not-running", `No servers were started in ${path}.`, {
    hint: "Start them with `vote services up`, or name their directory with --dir.",
  });
}
