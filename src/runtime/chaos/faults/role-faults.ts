import { until } from "../scene/until.js";
import {
  type FaultKind,
  type Place,
  stopForAMoment,
  talliesGoOn,
  votesGoOn,
  whileStopped,
} from "./fault.js";
import { wrongClock } from "./wrong-clock.js";

const oneTally = ({ scene, dice }: Place) => dice.pick(scene.tallies);

const tallyKilled: FaultKind = {
  name: "tally-killed",
  what: "kill -9 of a tally, which starts again",
  async inject(place) {
    await oneTally(place).restart();
    await talliesGoOn(place.scene);
    return 1;
  },
};

const ingestKilled: FaultKind = {
  name: "ingest-killed",
  what: "kill -9 of the ingest, which starts again",
  async inject({ scene }) {
    await scene.ingest.restart();
    await votesGoOn(scene);
    return 1;
  },
};

/** The group gives the sleeper up and shares its partitions out anew; then it wakes up. */
const tallyStopped: FaultKind = {
  name: "tally-stopped",
  what: "SIGSTOP of a tally until another has taken over its partitions, then SIGCONT",
  async inject(place) {
    const { scene } = place;
    // All partitions move on only once the other has the sleeper's, too.
    await whileStopped(oneTally(place), () => talliesGoOn(scene));
    await talliesGoOn(scene);
    return 1;
  },
};

const ingestStopped: FaultKind = {
  name: "ingest-stopped",
  what: "SIGSTOP of the ingest for 0.5 to 3 s, then SIGCONT",
  async inject(place) {
    await stopForAMoment(place, place.scene.ingest);
    await votesGoOn(place.scene);
    return 1;
  },
};

const tallyAdded: FaultKind = {
  name: "tally-added-and-removed",
  what: "a third tally joins, and leaves by SIGTERM or SIGKILL",
  async inject({ scene, dice }) {
    const guest = scene.another("tally");
    try {
      await guest.start();
      await talliesGoOn(scene);
    } finally {
      await guest.kill(dice.happens(0.5) ? "SIGTERM" : "SIGKILL");
    }
    await talliesGoOn(scene);
    return 2;
  },
};

const rolesRestarted: FaultKind = {
  name: "roles-restarted",
  what: "rolling restart of the tallies and the ingest",
  async inject({ scene }) {
    const roles = [...scene.tallies, scene.ingest];
    for (const role of roles) await role.restart("SIGTERM");
    await votesGoOn(scene);
    await talliesGoOn(scene);
    return roles.length;
  },
};

/** The tally decides all the same; the ingest has to notice, and takes nothing. */
const clockWrong: FaultKind = {
  name: "clock-wrong",
  what: "a tally and the ingest run by a clock that is 2 to 50 minutes ahead or behind",
  async inject(place) {
    const { scene, dice } = place;
    const aheadMs = Math.round(dice.between(2, 50) * 60_000) * dice.pick([1, -1]);
    const hurt = [oneTally(place), scene.ingest];
    for (const role of hurt) {
      await role.kill();
      await role.start(wrongClock(aheadMs));
    }
    await until("the ingest to say that its clock is wrong", async () => {
      const answer = await fetch(`${scene.ingest.url}/readyz`);
      return (await answer.text()).includes("clock-error");
    });
    await scene.ingest.restart();
    // By the tally's wrong clock.
    await votesGoOn(scene);
    await talliesGoOn(scene);
    await hurt[0].restart();
    return hurt.length;
  },
};

export const roleFaults: readonly FaultKind[] = [
  ...[tallyKilled, ingestKilled, tallyStopped, ingestStopped],
  ...[tallyAdded, rolesRestarted, clockWrong],
];
