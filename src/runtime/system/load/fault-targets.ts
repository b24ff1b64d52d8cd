import { runningDev } from "../../config/dev-state.js";
import type { EngineChoice } from "../../config/engine-choice.js";
import type { DevState } from "../../contracts/config/dev-state.js";
import type { FaultTargets } from "../../load/faults/run-faults.js";
import { type FaultRole, type FaultSpec, isService, notOurs } from "../../load/scenario/fault.js";
import { startServices } from "../../local-cluster/services.js";
import { readState, runningServers, runningState } from "../../local-cluster/state.js";

type Signal = Parameters<FaultTargets["signal"]>[1];

/**
 * The only processes that a scenario's faults may touch: those of the `vote dev` that runs over the
 * engine's data directory, and the servers of the `vote services` beside it.
 *
 * @throws VoteError `not-running` for a fault whose target does not run
 */
export async function faultTargets(
  choice: EngineChoice,
  faults: readonly FaultSpec[],
): Promise<FaultTargets> {
  const servicesDir = (await runningState())?.dir;
  const pidOf = async (role: FaultRole): Promise<number | undefined> => {
    if (!isService(role)) return (await devOver(choice))?.pids[role];
    const servers = servicesDir === undefined ? [] : await runningServers(servicesDir);
    return servers.find(({ service }) => service === role)?.pid;
  };
  for (const fault of faults) {
    const hasTarget = !isService(fault.role) || choice.engine === "cluster";
    if (!hasTarget || (await pidOf(fault.role)) === undefined)
      throw notOurs(fault, whereOf(choice));
  }
  const paused = new Set<number>();
  // One at a time: each start locks the directory.
  let starting = Promise.resolve();
  // However this process ends, it leaves no process paused.
  process.on("exit", () => {
    for (const pid of paused) send(pid, "SIGCONT");
  });
  return {
    pidOf,
    signal(pid, signal) {
      if (signal === "SIGSTOP") paused.add(pid);
      const sent = send(pid, signal);
      if (signal === "SIGCONT") paused.delete(pid);
      return sent;
    },
    restart() {
      starting = starting.catch(() => {}).then(() => startMissing(servicesDir));
      return starting;
    },
  };
}

/** Starts the servers of a services directory that do not run. */
async function startMissing(dir: string | undefined): Promise<void> {
  if (dir === undefined) return;
  const known = (await readState(dir))?.servers ?? [];
  const services = [...new Set(known.map(({ service }) => service))];
  await startServices({ dir, services });
}

function whereOf({ engine, dataDir }: EngineChoice): string {
  return engine === "cluster" ? "this cluster" : `the data directory ${dataDir}`;
}

async function devOver({ engine, dataDir }: EngineChoice): Promise<DevState | undefined> {
  const dev = await runningDev({ "data-dir": dataDir });
  return dev?.engine === engine ? dev : undefined;
}

function send(pid: number, signal: Signal): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    // The process has ended.
    return false;
  }
}
