import { afterAll, describe, expect, it } from "vitest";
import {
  accountFor,
  closeAndSeal,
  expectReconciled,
  expectReplayAgrees,
} from "../../helpers/audit.js";
import { Scene, type Stage, useStage } from "../../../src/runtime/chaos/scene/scene.js";
import { realServers } from "../../helpers/cluster/real-servers.js";
import { eventually } from "../../helpers/temporary.js";
import { type Fault, votesGoOn } from "../../../src/runtime/chaos/faults/fault.js";
import { FaultTable } from "./fault-table.js";
import { leaderChange } from "./leader-change.js";
import { networkFaults } from "../../../src/runtime/chaos/faults/network-faults.js";
import { roleFaults } from "../../../src/runtime/chaos/faults/role-faults.js";
import { serverFaults } from "../../../src/runtime/chaos/faults/server-faults.js";

const seed = Number(process.env.VOTE_SEED ?? 20_261_121);
const available = await realServers("the cluster's fault suite");
const faultTimeoutMs = 240_000;
const table = new FaultTable(seed);
afterAll(() => table.print());

async function suffer(fault: Fault, stage: Stage, name: string): Promise<void> {
  const scene = await Scene.open({
    services: stage.services,
    name,
    seed,
    tallies: fault.tallies ?? 2,
    ...(fault.proxied && { proxies: stage.proxies }),
  });
  let passed = false;
  try {
    const { engine, election, crowd } = scene;
    await votesGoOn(scene);
    let injections = await fault.inject(scene, stage);
    // The load must have been real for the rest to mean anything.
    await eventually("a thousand votes", () => crowd.acknowledged.size > 1_000, 60_000);
    await crowd.stop();
    await closeAndSeal(engine, election);
    injections += (await fault.afterwards?.(scene, stage)) ?? 0;
    table.add({ fault: fault.name, injections, ...(await accountFor(engine, election, crowd)) });
    await expectReconciled(engine, election, crowd);
    await expectReplayAgrees(engine, election);
    passed = true;
  } finally {
    await scene.close(!passed);
  }
}

describe.runIf(available)(`votes under faults (seed ${seed})`, () => {
  describe("one of each server", () => {
    const stage = useStage(seed);
    const faults = [...serverFaults, ...roleFaults, ...networkFaults];
    for (const [index, fault] of faults.entries()) {
      const name = `none is lost, none is double: ${fault.name}`;
      it(name, () => suffer(fault, stage(), `fault-${index}`), faultTimeoutMs);
    }
  });

  describe("three brokers", () => {
    const stage = useStage(seed, { brokers: 3 });
    it(
      `none is lost, none is double: ${leaderChange.name}`,
      () => suffer(leaderChange, stage(), "leader-change"),
      faultTimeoutMs,
    );
  });

  it("at least a hundred faults were injected", () => {
    expect(table.injections).toBeGreaterThanOrEqual(100);
  });
});
