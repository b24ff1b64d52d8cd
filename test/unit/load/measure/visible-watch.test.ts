import { describe, expect, it } from "vitest";
import { openWatch } from "../send/http/site.js";

describe("VisibleWatch", () => {
  it("shows a ballot once the watermark of its partition has passed its position", async () => {
    let now = 0;
    const { visible, shown, reach } = await openWatch(() => now);
    visible.expect(1, 7, 100, 5);
    visible.expect(2, 7, 110, 1);
    expect(visible.isEmpty).toBe(false);
    await reach(1, 7);
    now = 150;
    await visible.poll();
    // The watermark is the first position that is not yet counted.
    expect(shown).toEqual([]);
    await reach(1, 8);
    now = 180;
    await visible.poll();
    expect(shown).toEqual([{ dueAt: 100, latencyMs: 80, ballots: 5 }]);
    expect(visible.isEmpty).toBe(false);
    await reach(2, 9);
    now = 200;
    await visible.poll();
    expect(shown[1]).toEqual({ dueAt: 110, latencyMs: 90, ballots: 1 });
    expect(visible.isEmpty).toBe(true);
  });

  it("knows the watermarks, and those that it has not seen", async () => {
    const { visible, reach } = await openWatch();
    await visible.poll();
    expect([...visible.watermarks]).toEqual([-1, -1, -1, -1]);
    await reach(3, 12);
    await reach(0, 0);
    await visible.poll();
    expect([...visible.watermarks]).toEqual([0, -1, -1, 12]);
  });

  it("shows a ballot once only, however often it is asked", async () => {
    const { visible, shown, reach } = await openWatch();
    visible.expect(0, 1, 0, 2);
    await reach(0, 5);
    await visible.poll();
    await visible.poll();
    expect(shown).toHaveLength(1);
  });

  it("keeps the order of many thousands that wait, while others come and go", async () => {
    const { visible, shown, reach } = await openWatch();
    let expected = 0;
    for (let round = 1; round <= 6; round++) {
      for (let more = 0; more < 1_000; more++) {
        visible.expect(0, expected, expected, 1);
        expected++;
      }
      // Each time some hundreds stay behind.
      await reach(0, expected - 300);
      await visible.poll();
      expect(shown).toHaveLength(expected - 300);
    }
    await reach(0, expected);
    await visible.poll();
    expect(shown.map(({ dueAt }) => dueAt)).toEqual(Array.from({ length: expected }, (_, n) => n));
    expect(visible.isEmpty).toBe(true);
  });

  it("waits for no partition that the election does not have", async () => {
    const { visible } = await openWatch();
    visible.expect(9, 1, 0, 1);
    expect(visible.isEmpty).toBe(true);
  });
});
