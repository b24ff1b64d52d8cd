import { execFile } from "node:child_process";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { VoteError } from "../../core/errors.js";
import { until } from "../scene/until.js";
import { allGoesOn, type FaultKind, type Place } from "./fault.js";
import { brokerAway } from "./server-faults.js";

const run = promisify(execFile);

/** How large the process's files may become, from now on: with 0, as if its disk were full. */
async function limitFiles(pid: number, bytes: 0 | "unlimited"): Promise<void> {
  const limiting = run("prlimit", [`--pid=${pid}`, `--fsize=${bytes}:`]);
  await limiting.catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "ENOENT") throw cause;
    throw new VoteError("dependency-missing", "This machine lacks prlimit, by which disks fill.", {
      hint: "Install util-linux, or name the other kinds with --kinds.",
      cause,
    });
  });
}

/** A broker that cannot write ends by itself. */
const brokerDiskFull: FaultKind = {
  name: "broker-disk-full",
  what: "a broker can write no more, and ends; it comes back with space",
  inject: (place) =>
    brokerAway(place, async (broker) => {
      await limitFiles(broker.pid, 0);
      await until("the broker to end", () => !broker.isRunning());
    }),
};

/** Whether no partition is decided any further. */
async function standsStill({ scene }: Place): Promise<boolean> {
  const before = await scene.positions();
  await sleep(1_000);
  const now = await scene.positions();
  return now.every((position, partition) => position === before[partition]);
}

const dynamoDiskFull: FaultKind = {
  name: "dynamodb-disk-full",
  what: "DynamoDB can write no more until nothing is decided; then it can again",
  async inject(place) {
    const { pid } = place.stage.services.server("dynamodb");
    await limitFiles(pid, 0);
    try {
      await until("the tallies to stand still", () => standsStill(place));
    } finally {
      await limitFiles(pid, "unlimited");
    }
    await allGoesOn(place);
    return 1;
  },
};

/** It has to copy every partition from the others. */
const brokerReplaced: FaultKind = {
  name: "broker-removed-and-added",
  what: "a broker leaves, and comes back with an empty disk",
  inject: (place) =>
    brokerAway(
      place,
      (broker) => broker.kill("SIGTERM"),
      async (broker) => {
        const disk = join(place.stage.services.dir, broker.name, "data");
        for (const name of await readdir(disk)) {
          // By which the broker knows that the disk is its own.
          if (name !== "meta.properties") await rm(join(disk, name), { recursive: true });
        }
      },
    ),
};

export const diskFaults: readonly FaultKind[] = [brokerDiskFull, dynamoDiskFull, brokerReplaced];
