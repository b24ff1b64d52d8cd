import type { Scene } from "../scene/scene.js";
import { flushAll } from "./flush-all.js";
import { eventually } from "../../../../test/helpers/temporary.js";
import { type Fault, repeatedly, talliesGoOn, votesGoOn } from "./fault.js";

/** SIGKILL, and a start over the same data, again and again. */
function killed(name: string, times: number): Fault {
  return {
    name: `kill -9 of ${name}`,
    inject: (scene, { services }) =>
      repeatedly(scene, times, 1_000, async () => {
        await services.server(name).kill();
        await services.server(name).restart();
        await votesGoOn(scene);
      }),
  };
}

async function isEmpty({ engine, election }: Scene): Promise<boolean> {
  return (await engine.view.get(election.id)).partitions.length === 0;
}

const flushed: Fault = {
  name: "FLUSHALL on redis",
  inject: (scene, stage) =>
    repeatedly(scene, 10, 400, async () => {
      await flushAll(stage.services);
      await talliesGoOn(scene);
    }),
  async afterwards(scene, stage) {
    await flushAll(stage.services);
    await eventually("the view to fill again", async () => !(await isEmpty(scene)));
    return 1;
  },
};

export const serverFaults: readonly Fault[] = [
  killed("kafka-1", 4),
  killed("dynamodb", 5),
  {
    ...killed("redis", 10),
    async afterwards(_scene, { services }) {
      await services.server("redis").kill();
      await services.server("redis").restart();
      return 1;
    },
  },
  flushed,
];
