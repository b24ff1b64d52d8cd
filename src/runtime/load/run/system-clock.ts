import { setTimeout as sleep } from "node:timers/promises";
import type { LoadClock } from "./options.js";

export const systemClock: LoadClock = {
  now: () => performance.now(),
  wallClock: () => Date.now(),
  sleep: (ms) => sleep(ms),
};
