import type { ElectionAdmin } from "../admin/election-admin.js";
import {
  type RunningTimekeeper,
  startTimekeeper,
  type TimekeeperAdmin,
} from "../admin/timekeeper.js";
import { trailOf } from "../admin/trail.js";
import { hasEnded } from "../core/election.js";
import { defaultPartitions } from "../core/limits.js";
import type { SignatureCheck } from "../keys/signing.js";
import type { Logger } from "../telemetry/logger.js";
import { type Chance, systemChance } from "../time/chance.js";
import { type Clock, systemClock } from "../time/clock.js";
import { withoutRepeats } from "../time/without-repeats.js";
import type { Engine } from "../wiring/engine.js";
import { announceClose, scheduleElection } from "./announce.js";
import { finishClose, untilClosed } from "./closing.js";
import { createAndStore, openElection, requireElection } from "./elections.js";
import { judgeGateway } from "./gateways.js";
import { askForProof } from "./proof-of-work.js";
import { trustKey } from "./trust.js";
import { voidRecord } from "./void.js";

/** Does an admin's work in this process, on the engine that it has opened. */
export function localAdmin(
  engine: Pick<Engine, "name" | "registry" | "keys" | "log" | "ledger" | "clocks">,
  clock: Clock = systemClock,
  chance: Chance = systemChance,
  isSigned?: SignatureCheck,
): ElectionAdmin {
  const { registry } = engine;
  const world = { clock, chance };
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
      return createAndStore(engine, { ...request, partitions }, clock.wallClock(), by, chance);
    },
    open: (id, by, ifRevision) => openElection(engine, id, clock.wallClock(), by, ifRevision),
    async close(id, by) {
      const announced = await announceClose(engine, id, { by, ...world });
      return hasEnded(announced) ? finishClose(engine, announced, { by, ...world }) : announced;
    },
    untilClosed: (election, by) => untilClosed(engine, election, { by, ...world }),
    schedule: (id, schedule, by) => scheduleElection(engine, id, schedule, { by, clock }),
    voidRecord: (id, record, by) =>
      voidRecord(engine, id, record, { by, at: clock.wallClock() }, isSigned),
    askForProof: (id, required, by) =>
      askForProof(engine, id, required, { by, at: clock.wallClock() }),
    judgeGateway: (id, word, by) => judgeGateway(engine, id, word, { by, at: clock.wallClock() }),
    trust: (id, key, by) => trustKey(engine, id, key, { by, at: clock.wallClock() }),
  };
}

/** Does a timekeeper's work in this process. */
export function scheduleAdmin(
  engine: Parameters<typeof localAdmin>[0],
  clock: Clock = systemClock,
  chance: Chance = systemChance,
): TimekeeperAdmin {
  const { list, open } = localAdmin(engine, clock, chance);
  return {
    ...{ list, open },
    finishClose: (election, by, signal, seenAt) =>
      finishClose(engine, election, { by, clock, chance, signal, seenAt }),
  };
}

/** Carries out the schedules of all elections in the background of this process. */
export function keepTime(engine: Engine, logger: Logger): RunningTimekeeper {
  const idle = withoutRepeats((error) =>
    logger.warn({ err: error }, "no schedule is carried out here"),
  );
  return startTimekeeper({
    admin: scheduleAdmin(engine),
    clocks: engine.clocks,
    onDone: (what, election) => logger.info({ election }, `${what} by schedule`),
    onTrouble(election, error) {
      if (election === undefined) idle(error);
      else logger.warn({ election, err: error }, "the schedule could not be carried out yet");
    },
  });
}
