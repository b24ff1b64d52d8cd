import { expect, it } from "vitest";
import type { PartitionView } from "../../../src/runtime/view/port.js";
import { electionViewOf } from "../../../src/runtime/view/redis.js";

const figures = (partition: number): PartitionView => ({
  partition,
  sequence: 1,
  position: 2,
  counts: [3],
  rejections: [0, 0, 0, 0],
  retriesAbsorbed: 0,
  sealed: true,
});

it("reads a hash in the order of the partitions, without what earlier versions kept", () => {
  const partitions = [10, 9, 100, 0].map((partition) => [
    String(partition),
    JSON.stringify(figures(partition)),
  ]);
  const others = { official: "{}", recounting: "7" };
  const hash = { ...Object.fromEntries(partitions), ...others };
  const read = { partitions: [0, 9, 10, 100].map(figures), recountingAt: 7 };
  expect(electionViewOf(hash)).toEqual(read);
  expect(electionViewOf({})).toEqual({ partitions: [] });
});

it("does not pass off what is no JSON as figures", () => {
  expect(() => electionViewOf({ 0: "{" })).toThrow(SyntaxError);
});
