import { expect, it } from "vitest";
import { sleep, within } from "../../../src/runtime/time/clock.js";

it("wakes a sleeper when it is told to stop, and does not fail", async () => {
  const stopping = new AbortController();
  const sleeping = sleep(1e9, stopping.signal);
  stopping.abort();
  await expect(sleeping).resolves.toBeUndefined();
  await expect(sleep(1e9, stopping.signal)).resolves.toBeUndefined();
});

it("waits for a promise, but not for ever", async () => {
  expect(await within(1e9, Promise.resolve(7))).toBe(7);
  expect(await within(1, new Promise<number>(() => undefined))).toBeUndefined();
  await expect(within(1e9, Promise.reject(new Error("planted")))).rejects.toThrow("planted");
});

it("ignores the failure of a promise that it no longer waits for", async () => {
  const failures: unknown[] = [];
  const failed = (error: unknown) => failures.push(error);
  process.on("unhandledRejection", failed);
  const late = sleep(10).then(() => {
    throw new Error("too late");
  });
  expect(await within(1, late)).toBeUndefined();
  await sleep(30);
  process.off("unhandledRejection", failed);
  expect(failures).toEqual([]);
});
