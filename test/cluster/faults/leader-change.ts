import { type Fault, repeatedly, talliesGoOn, votesGoOn } from "../../../src/runtime/chaos/faults/fault.js";

/** Each of the three in its turn, so that every partition loses its leader, and the group its. */
export const leaderChange: Fault = {
  name: "kill -9 of one of three brokers",
  async inject(scene, { services }) {
    let turn = 0;
    return repeatedly(scene, 3, 1_000, async () => {
      const broker = services.server(`kafka-${++turn}`);
      await broker.kill();
      // With the two that are left, before the third is back.
      await votesGoOn(scene);
      await talliesGoOn(scene);
      await broker.restart();
      await votesGoOn(scene);
    });
  },
};
