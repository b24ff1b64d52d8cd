import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import type { Scene } from "../scene/scene.js";
import type { Mortal } from "../scene/mortal.js";
import { type Fault, repeatedly, talliesGoOn, votesGoOn } from "./fault.js";

async function killAndStart(mortal: Mortal): Promise<void> {
  await mortal.kill();
  await mortal.start();
}

const oneOf = ({ tallies, random }: Scene): Mortal =>
  tallies[Math.floor(random() * tallies.length)];

const talliesKilled: Fault = {
  name: "kill -9 of a tally",
  async inject(scene) {
    const times = await repeatedly(scene, 8, 1_500, () => killAndStart(oneOf(scene)));
    await talliesGoOn(scene);
    return times;
  },
};

const ingestKilled: Fault = {
  name: "kill -9 of the ingest",
  async inject(scene) {
    const times = await repeatedly(scene, 10, 500, async () => {
      await killAndStart(scene.ingest);
      await votesGoOn(scene, 30);
    });
    expect(scene.crowd.repeated).toBeGreaterThan(0);
    return times;
  },
};

/** Long enough for the group to give the sleeper up and share its partitions out anew. */
const talliesAsleep: Fault = {
  name: "SIGSTOP of a tally past its session, SIGCONT",
  async inject(scene) {
    const [first, second] = scene.tallies;
    await talliesGoOn(scene);
    const sleepers = [first, second, first];
    for (const sleeper of sleepers) {
      sleeper.signal("SIGSTOP");
      try {
        // All partitions move on only once the other has taken the sleeper's over.
        await talliesGoOn(scene, 30_000);
      } finally {
        sleeper.signal("SIGCONT");
      }
      await sleep(scene.random() * 2_000);
      await talliesGoOn(scene);
    }
    return sleepers.length;
  },
};

const changeEveryMs = 2_000;

/** A third tally that comes and goes: by SIGTERM, and every third time by SIGKILL. */
const churn: Fault = {
  name: "a tally joins or leaves every 2 s",
  async inject(scene) {
    const guest = scene.another("tally");
    let changes = 0;
    try {
      for (let visit = 0; visit < 5; visit++) {
        await Promise.all([guest.start(), sleep(changeEveryMs)]);
        const signal = visit % 3 === 2 ? "SIGKILL" : "SIGTERM";
        await Promise.all([guest.kill(signal), sleep(changeEveryMs)]);
        changes += 2;
      }
    } finally {
      await guest.kill();
    }
    await talliesGoOn(scene);
    return changes;
  },
};

export const roleFaults: readonly Fault[] = [talliesKilled, ingestKilled, talliesAsleep, churn];
