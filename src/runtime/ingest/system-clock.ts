import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "./batcher.js";

export const systemClock: Clock = {
  now: Date.now,
  sleep: (ms) => sleep(ms),
  nextTick: () => setImmediate(),
  within(ms, promise) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => resolve(undefined), ms);
      promise.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  },
};
