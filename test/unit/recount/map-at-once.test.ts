import { expect, it } from "vitest";
import { mapAtOnce } from "../../../src/runtime/recount/map-at-once.js";

it("works on as many at once as it may, and gives the results in order", async () => {
  const release: (() => void)[] = [];
  let underWay = 0;
  let most = 0;
  const mapping = mapAtOnce(7, 3, async (index) => {
    most = Math.max(most, ++underWay);
    await new Promise<void>((resolve) => release.push(resolve));
    underWay--;
    return index * 10;
  });
  // The last one first: results come in another order than work begins.
  for (let done = 0; done < 7; done++) {
    release.pop()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await mapping).toEqual([0, 10, 20, 30, 40, 50, 60]);
  expect(most).toBe(3);
  expect(await mapAtOnce(0, 3, async () => 1)).toEqual([]);
});

it("begins nothing more after a failure", async () => {
  const begun: number[] = [];
  const mapping = mapAtOnce(9, 2, async (index) => {
    begun.push(index);
    await new Promise((resolve) => setImmediate(resolve));
    if (index === 1) throw new Error("lost");
  });
  await expect(mapping).rejects.toThrow("lost");
  expect(begun.length).toBeLessThan(5);
});
