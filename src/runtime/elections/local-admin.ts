import type { ElectionAdmin } from "../admin/election-admin.js";
import { type RunningTimekeeper, startTimekeeper } from "../admin/timekeeper.js";
import { trailOf } from "../admin/trail.js";
import { defaultPartitions } from "../core/limits.js";
import type { Logger } from "../telemetry/logger.js";
import type { Engine } from "../wiring.js";
import {
  closeElection,
  createAndStore,
  openElection,
  requireElection,
  scheduleElection,
} from "./elections.js";
import { trustKey } from "./trust.js";

/** Does an admin's work in this process, on the engine that it has opened. */
export function localAdmin(
  engine: Pick<Engine, "name" | "registry" | "keys" | "log" | "ledger">,
  now: () => number,
): ElectionAdmin {
  const { registry } = engine;
  return {
    list: () => registry.list(),
    show: (id) => requireElection(engine, id),
    async trail(id) {
      const history = await registry.history(id);
      if (history.changes.length === 0) await requireElection(engine, id);
      return trailOf(id, history);
    },
    create(request, by) {
      const { partitions = defaultPartitions[engine.name] } = request;
      return createAndStore(engine, { ...request, partitions }, now(), by);
    },
    open: (id, by) => openElection(engine, id, now(), by),
    close: (id, by) => closeElection(engine, id, now(), by),
    schedule: (id, schedule, by) => scheduleElection(engine, id, schedule, { by, at: now() }),
    trust: (id, key, by) => trustKey(engine, id, key, { by, at: now() }),
  };
}

/** Carries out the schedules of all elections in the background of this process. */
export function keepTime(engine: Engine, logger: Logger): RunningTimekeeper {
  return startTimekeeper({
    admin: localAdmin(engine, Date.now),
    now: Date.now,
    onDone: (what, election) => logger.info({ election }, `${what} by schedule`),
    onTrouble: (election, error) =>
      logger.warn({ election, err: error }, "the schedule could not be carried out yet"),
  });
}
