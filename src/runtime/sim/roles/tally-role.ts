import { startTimekeeper } from "../../admin/timekeeper.js";
import { scheduleAdmin } from "../../elections/local-admin.js";
import { startTally } from "../../tally/tally.js";
import type { RoleScene, RunningRole } from "./supervised.js";

/** A tally, as operators see it. */
export interface TallyRole extends RunningRole {
  /** @throws VoteError `partition-halted` */
  requireReady(): void;
}

/** Starts a tally with its timekeeper, as `vote tally` does. */
export async function startTallyRole({
  world,
  process,
  engine,
  chance,
}: RoleScene): Promise<TallyRole> {
  const { clock } = process;
  const tally = await startTally({
    ...engine,
    ...{ clock, chance, isSigned: world.isSigned },
    events: {
      event(name, { election, partition, position, reason }) {
        world.reach(`tally: ${name}`);
        const place = [election, partition, position].filter((one) => one !== undefined);
        world.note(process.name, [name, place.join("/"), reason].filter(Boolean).join(" "));
      },
    },
  });
  const keeper = startTimekeeper({
    admin: scheduleAdmin(engine, clock, chance),
    ...{ clocks: engine.clocks, clock },
    onDone(what, election) {
      world.reach(`timekeeper: ${what}`);
      world.note(process.name, `${what} ${election} by schedule`);
    },
    onTrouble(election, error) {
      world.reach("timekeeper: trouble");
      world.note(process.name, `timekeeper ${election ?? ""}: ${world.wordsFor(error)}`);
    },
  });
  return {
    requireReady: () => tally.requireReady(),
    async stop() {
      await keeper.stop();
      await tally.stop();
    },
  };
}
