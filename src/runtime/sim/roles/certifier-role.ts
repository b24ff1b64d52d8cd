import { VoteError } from "../../core/errors.js";
import { certify } from "../../recount/certificate/certify.js";
import { recountWhenSealed } from "../../recount/recount-when-sealed.js";
import type { RoleScene, RunningRole } from "./supervised.js";

const lookEveryMs = 2_000;

/** Recounts and certifies each election that is closed, as `vote recount` does. */
export async function startCertifierRole(scene: RoleScene): Promise<RunningRole> {
  const stopping = new AbortController();
  const working = work(scene, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await working;
    },
  };
}

async function work(scene: RoleScene, signal: AbortSignal): Promise<void> {
  const { world, process, engine } = scene;
  while (!signal.aborted) {
    try {
      for (const { id, status } of await engine.registry.list()) {
        if (status === "closed") await recountAndCertify(scene, id);
      }
    } catch (error) {
      if (!(error instanceof VoteError)) throw error;
      world.reach(`certifier: ${error.code}`);
      world.note(process.name, world.wordsFor(error));
    }
    await process.clock.sleep(lookEveryMs, signal);
  }
}

async function recountAndCertify({ world, process, engine }: RoleScene, election: string) {
  const { clock } = process;
  const { isSigned } = world;
  const options = { ...engine, election, clock, isSigned, from: "log", waitMs: 5_000 } as const;
  const report = await recountWhenSealed(options);
  const by = process.name;
  const { digest } = await certify({ ...engine, report, now: clock.wallClock(), by, isSigned });
  world.reach("certifier: certified");
  world.note(by, `certified ${election}: ${digest}`);
}
